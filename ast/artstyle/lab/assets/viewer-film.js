// The pictures from the start to the result: a slider goes through them, and they play as a film.

import { t } from "./words.js";

const PACE = 600; // ms that a picture stays
const CALM = 1500; // where the visitor wants little motion: no fading, and slower
const FADE = 350;

export class Film {
  /** `sheet` is what the pictures lie on; `address` makes a frame's address. */
  constructor(root, sheet, address) {
    this.root = root;
    this.box = root.querySelector("[data-film]");
    this.slider = root.querySelector("[data-scrub]");
    this.button = root.querySelector("[data-play]");
    this.label = root.querySelector("[data-frame]");
    this.sheet = sheet;
    this.address = address;
    this.images = new Map(); // decoded, by address
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.slider.addEventListener("input", () => {
      this.stop();
      this.show();
    });
    for (const type of ["pointerenter", "focusin"]) this.box.addEventListener(type, () => this.load());
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    this.refresh();
  }

  get frames() {
    return JSON.parse(this.root.querySelector("[data-frames]").textContent);
  }

  get last() {
    return this.frames.length - 1;
  }

  /** Follow a picture that is being painted: more frames come, and the newest one stays in sight. */
  refresh() {
    const atEnd = this.slider.value === this.slider.max;
    this.box.classList.toggle("blank", this.last < 1);
    this.slider.max = Math.max(1, this.last);
    if (atEnd && !this.playing) this.slider.value = this.slider.max;
    this.say();
  }

  say() {
    const label = this.frames[this.slider.value]?.label ?? "";
    this.label.textContent = label;
    this.slider.setAttribute("aria-valuetext", label);
  }

  /** Fetch and decode all pictures, so that none comes late. */
  load() {
    return Promise.all(this.frames.slice(0, -1).map((frame) => this.picture(frame).catch(() => {})));
  }

  async picture(frame) {
    const address = this.address(frame);
    if (!this.images.has(address)) {
      const image = new Image();
      image.src = address;
      image.alt = frame.label;
      image.className = "frame";
      this.images.set(address, image);
    }
    await this.images.get(address).decode();
    return this.images.get(address);
  }

  /** Show the picture that the slider is at, once it is decoded. */
  async show(fade = false) {
    this.say();
    const frame = this.frames[this.slider.value];
    const end = this.slider.valueAsNumber === this.last;
    const image = end ? null : await this.picture(frame).catch(() => null);
    if (frame.name !== this.frames[this.slider.value].name) return; // moved on meanwhile
    const before = [...this.sheet.querySelectorAll(".frame")].filter((each) => each !== image);
    const drop = () => before.forEach((each) => each.remove());
    if (!image) return fade ? dissolve(before, drop) : drop();
    const other = this.sheet.querySelector(".other");
    if (other) other.before(image);
    else this.sheet.append(image);
    if (!fade) return drop();
    image.animate({ opacity: [0, 1] }, FADE).finished.then(drop, () => {});
  }

  async play() {
    this.playing = true;
    this.button.ariaPressed = true;
    this.button.setAttribute("aria-label", t("Pause"));
    this.root.classList.add("playing");
    if (this.slider.valueAsNumber === this.last) this.slider.value = 0;
    await this.load();
    this.next();
  }

  async next() {
    if (!this.playing) return;
    await this.show(!this.still.matches);
    if (!this.playing) return;
    if (this.slider.valueAsNumber === this.last) return this.stop();
    this.timer = setTimeout(() => {
      this.slider.value = this.slider.valueAsNumber + 1;
      this.next();
    }, this.still.matches ? CALM : PACE);
  }

  stop() {
    clearTimeout(this.timer);
    this.playing = false;
    this.button.ariaPressed = false;
    this.button.setAttribute("aria-label", t("Play how it was painted"));
    this.root.classList.remove("playing");
  }

  /** Back to the newest picture. */
  end() {
    this.stop();
    this.slider.value = this.slider.max;
    this.show();
  }
}

function dissolve(images, done) {
  const fading = images.map((image) => image.animate({ opacity: [1, 0] }, FADE).finished);
  return Promise.all(fading).then(done, () => {});
}
