// The pictures of the form: chosen, dropped, pasted, dragged from the page, or samples.

import { firstFrame, isClip } from "./clips.js";
import { base } from "./live.js";
import { keepFile, keptFile } from "./kept.js";
import { t } from "./words.js";

const HEAD = 256 * 1024; // bytes that tell the server what a file is
export const DRAGGED = "application/x-artstyle"; // a picture of this page: {url, label, role, sample}

export function weight(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * The photo or a painting. `changed` is called after each change, `seen` when the picture is shown
 * or can't be; `tell` shows an error.
 */
export class Zone {
  constructor(root, { changed, seen, tell }) {
    this.root = root;
    this.role = root.dataset.source;
    this.untouched = "untouched" in root.dataset; // it has a sample that nobody chose
    this.input = root.querySelector("input[type=file]");
    this.image = root.querySelector("[data-chosen]");
    this.name = root.querySelector("[data-name]");
    this.hint = root.querySelector("[data-hint]");
    this.samples = [...root.querySelectorAll("input[type=radio]")];
    this.label = "";
    this.crop = null; // the part of a painting that is used: {left, top, right, bottom}
    this.share = null; // of a painting among several, in percent
    this.changed = changed;
    this.seen = seen;
    this.tell = tell;
    if (matchMedia("(pointer: fine)").matches) this.input.removeAttribute("accept"); // it hides files
    else this.hint.textContent = this.role === "content" ? t("Choose a photo") : t("Choose a painting");
    this.listen();
  }

  get sample() {
    return this.samples.find((each) => each.checked);
  }

  get file() {
    return this.input.files[0];
  }

  get chosen() {
    return Boolean(this.file || this.sample);
  }

  /** What stands for the picture: another one has another. */
  get picture() {
    return this.file ?? this.sample?.value;
  }

  /** Whether it is a clip, which is painted as a whole. */
  get moves() {
    return isClip(this.file);
  }

  /** Whether the browser shows the picture, so that something can be drawn on it. */
  get shown() {
    return this.chosen && !this.moves && !this.root.classList.contains("unshown");
  }

  /** Whether nobody has chosen anything for it yet. */
  get free() {
    return this.untouched || !this.chosen;
  }

  listen() {
    this.input.addEventListener("change", () => this.file && this.choose(this.file));
    for (const each of this.samples) each.addEventListener("change", () => this.chooseSample());
    this.image.addEventListener("load", () => this.seen(this));
    const zone = this.root.querySelector("[data-drop]");
    zone.addEventListener("dragover", () => zone.classList.add("over"));
    for (const type of ["dragleave", "drop"]) {
      zone.addEventListener(type, (event) => {
        if (!zone.contains(event.relatedTarget)) zone.classList.remove("over");
      });
    }
    for (const each of this.root.querySelectorAll(".sample")) {
      const { value, dataset } = each.querySelector("input");
      each.addEventListener("dragstart", (event) => {
        const said = { role: this.role, sample: value, label: dataset.label };
        event.dataTransfer.setData(DRAGGED, JSON.stringify(said));
      });
    }
  }

  /** Take a file, unless the server says that it is none of use. */
  async choose(file, label) {
    this.put(file, label);
    const wrong = await this.fault(file);
    if (this.file !== file) return; // another one was chosen meanwhile
    if (wrong) {
      this.input.value = "";
      this.show();
      this.tell(this.role, wrong);
    } else keepFile(this.role, file, label);
    this.changed(this);
  }

  put(file, label) {
    const files = new DataTransfer();
    files.items.add(file);
    this.input.files = files.files;
    this.label = label ?? "";
    this.crop = null;
    for (const each of this.samples) each.checked = false;
    this.untouched = false;
    this.tell(this.role, "");
    this.tell(`${this.role}_sample`, "");
    this.show();
    this.changed(this);
  }

  chooseSample(name) {
    if (name !== undefined) this.samples.find((each) => each.value === name).checked = true;
    this.input.value = "";
    this.crop = null;
    this.untouched = false;
    keepFile(this.role, null);
    this.tell(this.role, "");
    this.tell(`${this.role}_sample`, "");
    this.show();
    this.changed(this);
  }

  clear() {
    for (const each of this.samples) each.checked = false;
    this.share = null;
    this.chooseSample();
  }

  /** Show what is chosen. */
  show() {
    const { file, sample, image } = this;
    if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
    this.hint.hidden = this.chosen;
    this.root.classList.remove("unshown");
    image.hidden = !this.chosen;
    if (file) {
      const told = [this.label || file.name, weight(file.size)];
      this.name.textContent = told.join(" · ");
      image.alt = told[0];
      image.onload = () => {
        if (this.file === file) this.name.textContent = [told[0], `${image.naturalWidth}×${image.naturalHeight}`, told[1]].join(" · ");
      };
      image.onerror = () => this.file === file && this.placeholder();
      if (this.moves) this.showClip(file);
      else image.src = URL.createObjectURL(file);
    } else if (sample) {
      this.name.textContent = image.alt = sample.dataset.label;
      image.onload = image.onerror = null;
      image.src = sample.dataset.large;
    } else {
      this.name.textContent = "";
      image.removeAttribute("src");
    }
    this.seen(this);
  }

  async showClip(file) {
    this.image.hidden = true;
    const frame = await firstFrame(file);
    if (this.file !== file) return; // another one was chosen meanwhile
    if (!frame) return this.placeholder();
    this.image.hidden = false;
    this.image.src = URL.createObjectURL(frame);
  }

  /** HEIC and TIFF: most browsers can't show them, but the server can read them. */
  placeholder() {
    this.image.hidden = true;
    this.hint.hidden = false;
    this.root.classList.add("unshown");
    this.hint.textContent = t("This browser can't show the file, but it can be used.");
    this.seen(this);
  }

  /** What is wrong with a file, by its first bytes; "" where nothing is, or nobody can say. */
  async fault(file) {
    try {
      const answer = await fetch(`${base}/api/check?role=${this.role}&bytes=${file.size}`, {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: await file.slice(0, HEAD).arrayBuffer(),
      });
      const told = await answer.json();
      return told.ok === false ? told.error : "";
    } catch {
      return "";
    }
  }

  /** Bring back what was chosen before the page was reloaded. */
  async restore() {
    const kept = await keptFile(this.role);
    if (kept && !this.chosen) this.put(kept.file, kept.label);
    if (!this.file) this.show();
    if (this.file || this.sample?.defaultChecked === false) this.untouched = false;
  }
}
