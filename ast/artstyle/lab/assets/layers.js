// What is marked on a photo: a layer for the mask and one for the region of each painting, white
// where it applies. Each change is kept as it was made, so that it can be taken back.

import { MASK } from "./roles.js";

export const LONGEST = 1024; // px of a layer's longer side
const SEEN = 8; // of 255, from which a pixel counts as marked
const WHOLE = 250; // of 255, from which a pixel counts as marked entirely

/** The size of the layers of a photo. */
export function layerSize(width, height) {
  const scale = LONGEST / Math.max(width, height);
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

export class Layers {
  /** `before` are the layers to begin with, by role. A photo without a mask is painted whole. */
  constructor(width, height, before = new Map()) {
    this.size = [width, height];
    this.before = before;
    this.done = [];
    this.undone = [];
    this.replay();
  }

  replay() {
    this.now = new Map([...this.before].map(([role, layer]) => [role, copy(layer)]));
    for (const change of this.done) this.draw(change);
  }

  /** Keep a change that was drawn: `{role, kind, erase}` with `points` and `width`, or `place`. */
  keep(change) {
    this.done.push(change);
    this.undone = [];
  }

  make(change) {
    this.draw(change);
    this.keep(change);
  }

  undo() {
    const change = this.done.pop();
    if (change) this.undone.push(change);
    this.replay();
  }

  redo() {
    const change = this.undone.pop();
    if (!change) return;
    this.done.push(change);
    this.draw(change);
  }

  draw(change) {
    const { role, kind, erase } = change;
    if (kind === "clear") return this.now.delete(role);
    const layer = this.layer(role, erase || kind === "invert");
    if (kind === "invert") return invert(layer);
    mark(layer, change, erase);
    if (erase || role === MASK) return;
    for (const [other, its] of this.now) {
      if (other !== role && other !== MASK) mark(its, change, true); // a place has one painting
    }
  }

  /** A layer, made where it is missing. */
  layer(role, taking) {
    if (!this.now.has(role)) {
      const made = blank(...this.size);
      if (role === MASK && taking) fill(made);
      this.now.set(role, made);
    }
    return this.now.get(role);
  }
}

export function blank(width, height) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  return canvas;
}

function copy(layer) {
  const made = blank(layer.width, layer.height);
  made.getContext("2d").drawImage(layer, 0, 0);
  return made;
}

function fill(layer, color = "#fff") {
  const context = layer.getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, layer.width, layer.height);
}

function invert(layer) {
  const context = layer.getContext("2d");
  context.globalCompositeOperation = "source-out";
  fill(layer);
  context.globalCompositeOperation = "source-over";
}

/** Draw a stroke or a rectangle, or take it away. Places are shares of the layer. */
function mark(layer, { points, width, place }, erase) {
  const context = layer.getContext("2d");
  const [x, y] = [layer.width, layer.height];
  context.globalCompositeOperation = erase ? "destination-out" : "source-over";
  if (place) {
    const [left, right] = [place.left, place.right].map((share) => Math.round(share * x));
    const [top, bottom] = [place.top, place.bottom].map((share) => Math.round(share * y));
    context.fillStyle = "#fff";
    context.fillRect(left, top, right - left, bottom - top);
  } else {
    context.lineWidth = width * Math.max(x, y);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#fff";
    context.beginPath();
    for (const [across, down] of points) context.lineTo(across * x, down * y);
    const [across, down] = points.at(-1);
    context.lineTo(across * x + 0.01, down * y); // a single point is a dot
    context.stroke();
  }
  context.globalCompositeOperation = "source-over";
}

/** Whether all opacities of a layer are as `wanted`. */
function every(layer, wanted) {
  const { data } = copy(layer).getContext("2d").getImageData(0, 0, layer.width, layer.height);
  for (let at = 3; at < data.length; at += 4) if (!wanted(data[at])) return false;
  return true;
}

/** Whether nothing is marked. */
export function isEmpty(layer) {
  return every(layer, (value) => value < SEEN);
}

/** Whether everything is. */
export function isWhole(layer) {
  return every(layer, (value) => value >= WHOLE);
}

/** What none of these layers mark. */
export function rest(layers) {
  const made = blank(layers[0].width, layers[0].height);
  const context = made.getContext("2d");
  fill(made);
  context.globalCompositeOperation = "destination-out";
  for (const layer of layers) context.drawImage(layer, 0, 0);
  return made;
}

/** A layer as a file: white on black. */
export async function toFile(layer, role) {
  const made = blank(layer.width, layer.height);
  fill(made, "#000");
  made.getContext("2d").drawImage(layer, 0, 0);
  const blob = await new Promise((resolve) => made.toBlob(resolve, "image/png"));
  return new File([blob], `${role}.png`, { type: "image/png" });
}

/** The layer of a file that is white on black. */
export async function fromFile(file) {
  const picture = await createImageBitmap(file);
  const [width, height] = layerSize(picture.width, picture.height);
  const made = blank(width, height);
  const context = made.getContext("2d");
  context.drawImage(picture, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height);
  for (let at = 0; at < pixels.data.length; at += 4) {
    const light = pixels.data[at];
    pixels.data[at + 3] = light < SEEN ? 0 : light >= WHOLE ? 255 : light; // a JPEG isn't exact
    pixels.data[at] = pixels.data[at + 1] = pixels.data[at + 2] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return made;
}
