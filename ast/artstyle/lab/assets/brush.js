// The editor in which a photo is marked: with a brush, an eraser or a rectangle.

import { fit, shareAt } from "./fit.js";
import { isEmpty, isWhole, Layers, layerSize } from "./layers.js";
import { Rectangle } from "./rectangle.js";
import { regionsOf } from "./regions.js";
import { MASK, STYLE_MASKS } from "./roles.js";
import { drawVeil } from "./veil.js";
import { t } from "./words.js";

const FIRST = { left: 0.3, top: 0.3, right: 0.7, bottom: 0.7 }; // of the rectangle
const STEP = 2; // by which [ and ] change the brush

export class Brush {
  constructor(dialog) {
    const find = (name) => dialog.querySelector(`[data-brush-${name}]`);
    this.dialog = dialog;
    this.find = find;
    this.canvas = find("canvas");
    this.cursor = find("cursor");
    this.board = find("board");
    this.size = find("size");
    this.shape = fit(find("stage"), this.board);
    const label = t("The rectangle. Arrow keys move it, with Shift they size it, Enter marks what is inside, Delete unmarks it.");
    this.rectangle = new Rectangle(this.board, find("place"), { label, changed: () => {} });
    this.rectangle.root.addEventListener("keydown", (event) => this.apply(event));
    this.choices("tool", (tool) => this.use(tool));
    this.choices("role", (role) => (this.role = role));
    for (const [name, action] of Object.entries(this.actions())) find(name).addEventListener("click", action);
    find("close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("cancel", (event) => this.warn(event));
    dialog.addEventListener("keydown", (event) => this.key(event));
    this.board.addEventListener("pointerdown", (event) => this.press(event));
    this.board.addEventListener("pointermove", (event) => this.hover(event));
    this.board.addEventListener("pointerleave", () => (this.cursor.hidden = true));
    this.size.addEventListener("input", () => this.lay());
  }

  actions() {
    const change = (kind) => () => this.change({ role: this.role, kind });
    return {
      undo: () => this.travel("undo"),
      redo: () => this.travel("redo"),
      invert: change("invert"),
      clear: change("clear"),
      fill: () => this.mark(false),
      empty: () => this.mark(true),
      cancel: () => this.dialog.close(),
      done: () => this.end(),
    };
  }

  /** Buttons of which one is pressed. */
  choices(name, chosen) {
    const buttons = [...this.dialog.querySelectorAll(`[data-brush-${name}]`)];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        for (const each of buttons) each.ariaPressed = String(each === button);
        chosen(button.value);
      });
    }
  }

  choose(name, value) {
    this.dialog.querySelector(`[data-brush-${name}][value="${value}"]`).click();
  }

  /** Let the visitor mark a photo for so many paintings; `take` gets the layers. */
  open(photo, paintings, layers, take) {
    this.take = take;
    this.paintings = paintings;
    this.photo = photo;
    const { naturalWidth: width, naturalHeight: height } = photo;
    this.layers = new Layers(...layerSize(width, height), layers);
    [this.canvas.width, this.canvas.height] = this.layers.size;
    this.find("roles").hidden = paintings < 2;
    for (const [at, role] of STYLE_MASKS.entries()) this.dialog.querySelector(`[data-brush-role][value=${role}]`).hidden = at >= paintings;
    this.choose("role", MASK);
    this.choose("tool", "brush");
    this.rectangle.set(FIRST);
    this.dialog.showModal();
    this.shape(width, height);
    this.draw();
  }

  use(tool) {
    this.tool = tool;
    const drawn = tool === "rectangle";
    this.rectangle.root.hidden = this.find("place").hidden = this.find("inside").hidden = !drawn;
    this.find("sizes").hidden = drawn;
    if (drawn && this.dialog.open) this.rectangle.root.focus();
  }

  // ---- drawing

  press(event) {
    if (this.tool === "rectangle" || !event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    const { board } = this;
    const point = shareAt(board, event);
    const stroke = { role: this.role, kind: "stroke", erase: this.tool === "eraser", width: this.width, points: [point] };
    const paint = (points) => this.layers.draw({ ...stroke, points });
    paint([point]);
    this.show();
    const follow = (moved) => {
      const passed = [...(moved.getCoalescedEvents?.() ?? []), moved].map((each) => shareAt(board, each));
      paint([stroke.points.at(-1), ...passed]);
      stroke.points.push(...passed);
      this.show();
    };
    board.setPointerCapture(event.pointerId);
    board.addEventListener("pointermove", follow);
    const end = () => {
      board.removeEventListener("pointermove", follow);
      this.layers.keep(stroke);
      this.draw();
    };
    board.addEventListener("lostpointercapture", end, { once: true });
  }

  /** The width of the brush, as a share of the photo's longer side. */
  get width() {
    return this.size.value / 100;
  }

  /** Show how large the brush is, at the pointer. */
  hover(event) {
    this.cursor.hidden = this.tool === "rectangle" || event.pointerType === "touch";
    const [x, y] = shareAt(this.board, event);
    this.cursor.style.left = `${100 * x}%`;
    this.cursor.style.top = `${100 * y}%`;
    this.lay();
  }

  lay() {
    const side = `${this.width * Math.max(this.board.clientWidth, this.board.clientHeight)}px`;
    this.cursor.style.width = this.cursor.style.height = side;
  }

  mark(erase) {
    this.change({ role: this.role, kind: "rectangle", erase, place: this.rectangle.place });
    this.find("told").textContent = erase ? t("What is in the rectangle is unmarked.") : t("What is in the rectangle is marked.");
  }

  change(change) {
    this.layers.make(change);
    this.draw();
  }

  travel(way) {
    this.layers[way]();
    this.draw();
  }

  // ---- keys

  apply(event) {
    if (!["Enter", "Delete", "Backspace"].includes(event.key) || event.target !== this.rectangle.root) return;
    event.preventDefault();
    this.mark(event.key !== "Enter");
  }

  key(event) {
    const { key } = event;
    const command = event.ctrlKey || event.metaKey;
    if (command && key.toLowerCase() === "z") this.travel(event.shiftKey ? "redo" : "undo");
    else if (command && key.toLowerCase() === "y") this.travel("redo");
    else if (key === "[" || key === "]") this.size.value = Number(this.size.value) + (key === "]" ? STEP : -STEP);
    else return;
    event.preventDefault();
    this.lay();
  }

  // ---- showing

  /** Draw in the next frame. */
  show() {
    this.waiting ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.waiting);
    this.waiting = undefined;
    const { canvas, layers } = this;
    canvas.getContext("2d").drawImage(this.photo, 0, 0, canvas.width, canvas.height);
    drawVeil(canvas, layers.now);
    this.find("undo").disabled = !layers.done.length;
    this.find("redo").disabled = !layers.undone.length;
    this.tell("");
  }

  tell(message) {
    const place = this.find("error");
    place.textContent = message;
    place.hidden = !message;
  }

  /** Escape, or a phone's way back, leaves at the second time if something would be lost. */
  warn(event) {
    if (this.find("error").textContent || !this.layers.done.length) return;
    event.preventDefault();
    this.tell(t("Nothing is kept if you leave now: press Use it, or leave once more."));
  }

  /** Hand over what is marked, unless nothing would be painted. */
  end() {
    const { now } = this.layers;
    const mask = now.get(MASK);
    if (mask && isEmpty(mask)) return this.tell(t("Nothing would be painted: mark the part that is to be repainted."));
    const regions = regionsOf(now, this.paintings);
    const without = regions.findIndex(([, layer]) => isEmpty(layer));
    if (without >= 0) return this.tell(t("Painting {n} would have no place: leave it some, or mark where it is used.", { n: without + 1 }));
    if (mask && isWhole(mask)) now.delete(MASK);
    for (const role of STYLE_MASKS) if (now.has(role) && isEmpty(now.get(role))) now.delete(role);
    this.dialog.close();
    this.take(now);
  }
}
