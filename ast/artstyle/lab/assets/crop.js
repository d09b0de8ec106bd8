// The part of a painting that is used: a frame on it, and how large its strokes come out.

import { fit } from "./fit.js";
import { drawStrokes } from "./strokes.js";
import { Rectangle } from "./rectangle.js";
import { t } from "./words.js";

const LEAST = 0.05; // of a painting's side
const LEAST_PIXELS = 16; // that the server asks of a part's side
const WHOLE = { left: 0, top: 0, right: 1, bottom: 1 };

export class Crop {
  /** In a dialog; `photo` is the photo's place, and the form has the size of the strokes. */
  constructor(dialog, form, photo) {
    const find = (name) => dialog.querySelector(`[data-crop-${name}]`);
    this.dialog = dialog;
    this.photo = photo;
    this.scale = form.elements.style_scale;
    this.image = find("image");
    this.preview = find("preview");
    this.shape = fit(find("stage"), find("board"));
    this.shapePreview = fit(find("preview-stage"), this.preview);
    const label = t("The part that is used. Arrow keys move it, with Shift they size it.");
    this.rectangle = new Rectangle(find("board"), find("place"), { label, changed: () => this.draw() });
    find("whole").addEventListener("click", () => this.rectangle.set(WHOLE));
    find("done").addEventListener("click", () => this.end(true));
    for (const each of dialog.querySelectorAll("[data-crop-cancel]")) each.addEventListener("click", () => this.end(false));
    this.slide(find("scale"), form.querySelector("[data-scale=style_scale] input"));
  }

  /** A slider that stands for the form's one, which the dialog covers. */
  slide(slider, real) {
    slider.addEventListener("input", () => {
      real.value = slider.value;
      real.dispatchEvent(new Event("input", { bubbles: true }));
      this.followSlider();
      this.draw();
    });
    [this.slider, this.real] = [slider, real];
  }

  followSlider() {
    for (const name of ["min", "max", "step", "value"]) this.slider[name] = this.real[name];
    this.slider.setAttribute("aria-valuetext", this.real.getAttribute("aria-valuetext") ?? "");
  }

  /** Let the visitor choose; `take` gets the part, or null for the whole painting. */
  async open(zone, take) {
    this.take = take;
    this.image.src = zone.image.src;
    this.image.alt = zone.image.alt;
    this.followSlider();
    this.dialog.showModal();
    await this.image.decode().catch(() => {});
    const { naturalWidth: width, naturalHeight: height } = this.image;
    this.shape(width, height);
    this.rectangle.least = [width, height].map((side) => Math.min(1, Math.max(LEAST, LEAST_PIXELS / side)));
    this.rectangle.set(zone.crop ?? WHOLE);
    this.rectangle.root.focus();
  }

  end(keep) {
    const { left, top, right, bottom } = this.rectangle.place;
    this.dialog.close();
    if (keep) this.take(right - left >= 1 && bottom - top >= 1 ? null : { left, top, right, bottom });
  }

  draw() {
    const photo = this.photo.shown ? this.photo.image : null;
    const scale = Number(this.scale.value || this.scale.placeholder);
    const [width, height] = drawStrokes(this.preview, photo, this.image, this.rectangle.place, scale);
    this.shapePreview(width, height);
  }
}
