// The paintings of the form: up to four, each with its share and the part of it that is used.

import { base, say } from "./live.js";
import { keepFile } from "./kept.js";
import { readParts, typedParts } from "./parts.js";
import { completeShares, giveShare, readShares, typedShares } from "./shares.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export class Paintings {
  /**
   * `changed` is called after each change; `removed` with the place of one that was removed, and
   * how many are left.
   */
  constructor(form, zones, { changed, removed }) {
    this.zones = zones;
    this.weights = form.elements.style_weights;
    this.parts = form.elements.style_crop;
    this.again = form.elements.again?.value;
    this.changed = changed;
    this.removed = removed;
    this.busy = false; // while several places change at once
    this.adding = form.querySelector("[data-add-painting]");
    this.adding.addEventListener("click", () => this.add());
    for (const zone of zones) this.listen(zone);
    form.addEventListener("filled", () => {
      this.read();
      this.write(); // without what was filled in for other paintings
    });
    for (const field of [this.weights, this.parts]) {
      field.addEventListener("input", () => {
        this.read();
        this.changed();
      });
    }
    const further = form.querySelector("[data-further]");
    for (const zone of zones.slice(1)) zone.root.hidden = !zone.chosen;
    further.open = true;
  }

  /** Those that are in sight. */
  get open() {
    return this.zones.filter((each) => !each.root.hidden);
  }

  /** Those that have a picture. */
  get chosen() {
    return this.open.filter((each) => each.chosen);
  }

  listen(zone) {
    zone.root.querySelector("[data-remove-painting]").addEventListener("click", () => this.remove(zone));
    const slider = zone.root.querySelector("[data-share] input");
    slider.addEventListener("input", () => {
      giveShare(this.chosen, zone, Number(slider.value));
      this.write();
    });
  }

  add() {
    const zone = this.zones.find((each) => each.root.hidden);
    zone.root.hidden = false;
    this.show();
    zone.input.focus();
    say(t("There is room for painting {n}.", { n: this.open.length }));
  }

  /** Take files, one for each place. */
  chooseAll(files) {
    for (const [at, file] of files.slice(0, this.zones.length).entries()) {
      this.zones[at].root.hidden = false;
      this.zones[at].choose(file);
    }
    if (files.length > this.zones.length) toast(t("{count} paintings are the most; the rest was left out.", { count: this.zones.length }));
  }

  /** Remove one; those behind it move up. */
  async remove(zone) {
    const open = this.open;
    const at = open.indexOf(zone);
    this.busy = true;
    for (let next = at; next < open.length - 1; next++) await this.move(open[next + 1], open[next]);
    open.at(-1).clear();
    open.at(-1).root.hidden = true;
    this.busy = false;
    this.removed(at, open.length - 1);
    this.update();
    this.adding.focus();
    say(t("Painting {n} was removed.", { n: at + 1 }));
  }

  /** Put the picture of one place into another, with its share and its part. */
  async move(from, to) {
    const { crop, share } = from;
    if (from.file) {
      to.put(from.file, from.label);
      keepFile(to.role, from.file, from.label);
    } else if (from.sample?.value) to.chooseSample(from.sample.value);
    else if (from.sample) await this.fetch(from, to);
    else to.clear();
    [to.crop, to.share] = [crop, share];
  }

  /** A painting of the job that is repeated gets another place: as a file. */
  async fetch(from, to) {
    const answer = await fetch(`${base}/jobs/${this.again}/pictures/${from.role}`);
    const blob = await answer.blob();
    const { label } = from.sample.dataset;
    to.put(new File([blob], `${label}.jpg`, { type: blob.type }), label);
  }

  /** Leave no place before a painting empty, as the server asks. */
  async close() {
    const gap = () => this.open.find((each, at, open) => !each.chosen && open.slice(at).some(({ chosen }) => chosen));
    while (gap()) await this.remove(gap());
  }

  /** Bring back what was kept, and show as many places as that takes. */
  async restore() {
    this.busy = true;
    for (const zone of this.zones) {
      await zone.restore();
      if (zone.chosen) zone.root.hidden = false;
    }
    this.busy = false;
  }

  /** Follow what is typed into the fields. */
  read() {
    const { chosen } = this;
    if (chosen.length && !readShares(chosen, this.weights.value)) completeShares(chosen);
    readParts(chosen, this.parts.value);
    this.show();
  }

  /** After another picture was chosen. */
  update() {
    if (this.busy) return;
    const { chosen } = this;
    for (const zone of this.open) if (!zone.chosen) zone.share = null;
    if (chosen.length) completeShares(chosen);
    this.write();
  }

  write() {
    const { chosen } = this;
    this.weights.value = chosen.length > 1 ? typedShares(chosen) : "";
    this.parts.value = typedParts(chosen);
    this.show();
    this.changed();
  }

  show() {
    const { open, chosen } = this;
    this.adding.disabled = open.length === this.zones.length;
    for (const [at, { root, role }] of this.zones.entries()) {
      const number = t("Painting {n}", { n: at + 1 });
      if (role === "style") root.querySelector("legend").textContent = open.length > 1 ? number : t("Painting");
      root.querySelector("[data-remove-painting]").hidden = open.length < 2;
    }
    for (const zone of open) this.showShare(zone, chosen.length > 1 && zone.chosen);
  }

  showShare({ root, share }, several) {
    const field = root.querySelector("[data-share]");
    field.hidden = !several;
    if (!several) return;
    const percent = Math.round(share);
    const slider = field.querySelector("input");
    slider.value = percent;
    slider.setAttribute("aria-valuetext", t("{percent} % of the style", { percent }));
    field.querySelector("output").textContent = `${percent} %`;
  }
}
