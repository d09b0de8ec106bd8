// The comparison with the photo, the painting or another picture: by a handle, or side by side.

import { t } from "./words.js";

const SHAPE = 0.03; // a picture whose shape differs by more is shown beside the other at first
const KEYS = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -20, PageUp: 20 }; // percent

export class Compare {
  /** `panes` are those of the picture and of the other one; `view` lays them out. */
  constructor(root, panes, view) {
    const find = (name) => root.querySelector(`[data-${name}]`);
    this.root = root;
    [this.pane, this.other] = panes;
    this.view = view;
    this.handle = find("handle");
    this.sideButton = find("side");
    this.others = find("others");
    this.pick = find("pick");
    this.image = document.createElement("img");
    this.image.className = "other";
    this.share = 50; // percent of the covered part that the other picture takes
    this.on = this.side = false;
    this.listen();
  }

  get buttons() {
    return [...this.root.querySelectorAll("[data-against]")];
  }

  listen() {
    for (const button of this.buttons) {
      button.addEventListener("click", () => (this.button === button && this.on ? this.end() : this.against(button)));
    }
    this.sideButton.addEventListener("click", () => this.lay(!this.side));
    this.pick?.addEventListener("click", () => this.open(this.others.hidden));
    const { handle } = this;
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      handle.focus({ focusVisible: false });
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const { left, width } = this.view.covered(this.pane);
      this.slide((100 * (event.clientX - this.pane.root.getBoundingClientRect().left - left)) / width);
    });
    handle.addEventListener("keydown", (event) => {
      const share = { Home: 0, End: 100 }[event.key] ?? this.share + KEYS[event.key];
      if (Number.isNaN(share)) return;
      event.preventDefault();
      event.stopPropagation();
      this.slide(share);
    });
  }

  /** Compare as before, or with the photo. */
  toggle() {
    if (this.on) this.end();
    else this.against(this.button ?? this.root.querySelector("[data-against=content]"));
  }

  /** Compare with the picture of a button, once it is decoded. */
  async against(button) {
    this.button = button;
    const next = new Image();
    next.src = button.dataset.src;
    await next.decode().catch(() => {});
    if (this.button !== button) return; // another one was chosen meanwhile
    const { width, height, alt } = button.dataset;
    this.image.src = next.src;
    this.image.alt = alt;
    this.other.aspect = (next.naturalWidth || width) / (next.naturalHeight || height);
    this.on = true;
    this.lay(Math.abs(Math.log(this.other.aspect / this.pane.aspect)) > SHAPE || this.side);
    if (this.view.zoomed) this.sharpen();
  }

  end() {
    this.on = false;
    this.open(false);
    this.lay(this.side);
  }

  /** Show or hide the recent pictures. */
  open(on) {
    if (!this.pick || this.others.hidden !== on) return;
    const focused = this.others.contains(document.activeElement);
    this.others.hidden = !on;
    this.pick.ariaExpanded = on;
    if (on) this.others.querySelector("button").focus();
    else if (focused) this.pick.focus();
  }

  /** Show the other picture beside, or below the handle. */
  lay(side) {
    this.side = side;
    const beside = this.on && side;
    this.root.classList.toggle("beside", beside);
    this.other.root.hidden = !beside;
    this.handle.hidden = !this.on || side;
    this.sideButton.hidden = !this.on;
    this.sideButton.ariaPressed = side;
    (side ? this.other : this.pane).sheet.append(this.image);
    this.image.hidden = !this.on;
    for (const each of this.buttons) each.ariaPressed = this.on && each === this.button;
    if (this.pick) this.pick.ariaPressed = this.on && this.others.contains(this.button);
    this.tags();
    this.slide(this.share);
    this.view.layout();
  }

  /** Say which picture is which. */
  tags() {
    const [other, own] = ["other", "picture"].map((name) => this.root.querySelector(`[data-tag=${name}]`));
    own.hidden = other.hidden = !this.on;
    if (!this.on) return;
    other.textContent = this.button.dataset.alt;
    own.textContent = t("The result");
  }

  slide(share) {
    this.share = Math.min(100, Math.max(0, share));
    const shown = Math.round(this.share);
    this.handle.ariaValueNow = shown;
    this.handle.ariaValueText = t("{percent} % of {name}", { percent: shown, name: this.image.alt });
    this.place();
  }

  /** Put the handle and the edge of the other picture to the same place, however it is zoomed. */
  place() {
    if (!this.on) return;
    const { left, width, sheet, whole } = this.view.covered(this.pane);
    const edge = left + (width * this.share) / 100;
    this.handle.style.left = `${edge}px`;
    const rest = 100 - (100 * (edge - sheet)) / whole;
    this.image.style.clipPath = this.side ? "" : `inset(0 ${Math.min(100, Math.max(0, rest))}% 0 0)`;
  }

  /** Replace another result by its full size. */
  async sharpen() {
    const { button } = this;
    if (!this.on || !button.dataset.full || this.image.src.endsWith(button.dataset.full)) return;
    const next = new Image();
    next.src = button.dataset.full;
    await next.decode().catch(() => {});
    if (this.button === button && next.naturalWidth) this.image.src = next.src;
  }
}
