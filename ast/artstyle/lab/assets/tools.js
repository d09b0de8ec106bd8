// What lies on the pictures of the form and the buttons below them: the marked part of the photo,
// and the part of a painting that is used.

import { Brush } from "./brush.js";
import { Crop } from "./crop.js";
import { layerSize } from "./layers.js";
import { say } from "./live.js";
import { t } from "./words.js";
import { drawOutside, drawVeil } from "./veil.js";

export class Tools {
  constructor(form, photo, paintings, regions) {
    this.photo = photo;
    this.paintings = paintings;
    this.regions = regions;
    this.brush = new Brush(document.querySelector("[data-brush]"));
    this.crop = new Crop(document.querySelector("[data-crop]"), form, photo);
    this.removing = photo.root.querySelector("[data-remove-mask]");
    this.removing.addEventListener("click", () => this.unmark());
    for (const zone of [photo, ...paintings.zones]) {
      this.opener(zone).addEventListener("click", () => (zone === photo ? this.mark() : this.cut(zone)));
    }
  }

  opener({ root }) {
    return root.querySelector("[data-open-tool]");
  }

  async mark() {
    await this.paintings.close();
    this.brush.open(this.photo.image, this.paintings.chosen.length, this.regions.layers, (layers) => this.regions.take(layers));
  }

  unmark() {
    this.regions.take(new Map());
    this.opener(this.photo).focus();
    say(t("The whole photo is painted."));
  }

  cut(zone) {
    this.crop.open(zone, (part) => {
      zone.crop = part;
      this.paintings.write();
    });
  }

  /** Show what is chosen on all pictures. */
  show() {
    for (const zone of [this.photo, ...this.paintings.open]) this.showOn(zone);
  }

  showOn(zone) {
    const isPhoto = zone === this.photo;
    const used = isPhoto ? this.regions.layers.size > 0 : zone.crop !== null;
    const opener = this.opener(zone);
    opener.disabled = !zone.shown;
    const whole = isPhoto ? t("Paint only a part") : t("Use a part");
    opener.textContent = used ? t("Change the part") : whole;
    zone.root.querySelector("[data-unable]").hidden = !zone.chosen || zone.shown || zone.moves;
    if (isPhoto) this.removing.hidden = !used;
    const veil = zone.root.querySelector("[data-veil]");
    veil.hidden = !used || !zone.shown || !zone.image.naturalWidth;
    if (veil.hidden) return;
    [veil.width, veil.height] = layerSize(zone.image.naturalWidth, zone.image.naturalHeight);
    if (isPhoto) drawVeil(veil, this.regions.layers);
    else drawOutside(veil, zone.crop);
  }
}
