// A rectangle on a picture: drawn, dragged and sized with a pointer, or moved and sized with keys.

import { shareAt } from "./fit.js";
import { t } from "./words.js";

const STEP = 0.02; // of the picture, by a key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const EDGES = ["n", "e", "s", "w"];

export class Rectangle {
  /**
   * On a `board`, with its place told in `status`. `changed` is called after each change. Places
   * are shares of the board: {left, top, right, bottom}.
   */
  constructor(board, status, { label, changed }) {
    this.board = board;
    this.status = status;
    this.changed = changed;
    this.least = [STEP, STEP];
    this.place = { left: 0, top: 0, right: 1, bottom: 1 };
    this.root = document.createElement("div");
    this.root.className = "rectangle";
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "application");
    this.root.setAttribute("aria-label", label);
    this.root.append(...EDGES.map(edge), ...this.corners());
    const shade = document.createElement("div");
    shade.className = "shade";
    this.hole = document.createElement("div"); // what isn't in the shade
    shade.append(this.hole);
    board.append(shade, this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    board.addEventListener("pointerdown", (event) => this.press(event));
  }

  corners() {
    const labels = { nw: t("Top left corner"), ne: t("Top right corner"), se: t("Bottom right corner"), sw: t("Bottom left corner") };
    return Object.entries(labels).map(([name, label]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.edges = name;
      button.setAttribute("aria-label", label);
      return button;
    });
  }

  set(place) {
    this.place = place;
    const { left, top, right, bottom } = place;
    const [x, y, width, height] = [left, top, right - left, bottom - top].map((share) => 100 * share);
    const style = { left: `${x}%`, top: `${y}%`, width: `${width}%`, height: `${height}%` };
    for (const each of [this.root, this.hole]) Object.assign(each.style, style);
    const rounded = { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
    this.status.textContent = t("Left {x} %, top {y} %, width {width} %, height {height} %", rounded);
    this.changed();
  }

  /** Move these edges of a place by shares of the board; none stands for all of it. */
  drag(from, edges, dx, dy) {
    if (!edges) return this.move(from, dx, dy);
    let { left, top, right, bottom } = from;
    const [width, height] = this.least;
    if (edges.includes("w")) left = between(0, left + dx, right - width);
    if (edges.includes("e")) right = between(left + width, right + dx, 1);
    if (edges.includes("n")) top = between(0, top + dy, bottom - height);
    if (edges.includes("s")) bottom = between(top + height, bottom + dy, 1);
    this.set({ left, top, right, bottom });
  }

  move({ left, top, right, bottom }, dx, dy) {
    const x = between(-left, dx, 1 - right);
    const y = between(-top, dy, 1 - bottom);
    this.set({ left: left + x, top: top + y, right: right + x, bottom: bottom + y });
  }

  /** Span it between two points, at its least size if they are closer. */
  span([x1, y1], [x2, y2]) {
    const [left, top] = [Math.min(x1, x2, 1 - this.least[0]), Math.min(y1, y2, 1 - this.least[1])];
    const [right, bottom] = [Math.max(x1, x2, left + this.least[0]), Math.max(y1, y2, top + this.least[1])];
    this.set({ left, top, right, bottom });
  }

  press(event) {
    if (this.root.hidden || !event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    const { board, place } = this;
    const start = shareAt(board, event);
    const inside = this.root.contains(event.target);
    const edges = event.target.dataset.edges ?? "";
    (edges.length > 1 ? event.target : this.root).focus({ focusVisible: false });
    const follow = (moved) => {
      const now = shareAt(board, moved);
      if (inside) this.drag(place, edges, now[0] - start[0], now[1] - start[1]);
      else this.span(start, now);
    };
    board.setPointerCapture(event.pointerId);
    board.addEventListener("pointermove", follow);
    const end = () => board.removeEventListener("pointermove", follow);
    for (const type of ["pointerup", "pointercancel"]) board.addEventListener(type, end, { once: true });
  }

  key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const edges = event.target.dataset.edges ?? (event.shiftKey ? "se" : "");
    this.drag(this.place, edges, STEP * arrow[0], STEP * arrow[1]);
  }
}

function between(low, value, high) {
  return Math.max(low, Math.min(value, high));
}

function edge(name) {
  const element = document.createElement("span");
  element.dataset.edges = name;
  return element;
}
