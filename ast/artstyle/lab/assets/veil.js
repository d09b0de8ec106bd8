// How marks look on a photo: what stays the photo is hatched, regions of paintings are coloured.

import { blank } from "./layers.js";
import { MASK, STYLE_MASKS } from "./roles.js";

const DIM = "rgb(18 18 18 / .62)";
const HATCH = "rgb(255 255 255 / .34)";
const GAP = 64; // hatches along the longer side
const TINT = 0.5; // the opacity of a region
export const COLORS = ["#3f7cff", "#ff8a1f", "#17b57c", "#d94fb4"]; // of the paintings' regions

/** Draw layers, by role, over what is on a canvas. */
export function drawVeil(canvas, layers) {
  const context = canvas.getContext("2d");
  for (const [at, role] of STYLE_MASKS.entries()) {
    if (!layers.has(role)) continue;
    context.globalAlpha = TINT;
    context.drawImage(colored(layers.get(role), COLORS[at]), 0, 0, canvas.width, canvas.height);
    context.globalAlpha = 1;
  }
  if (layers.has(MASK)) context.drawImage(hatched(layers.get(MASK)), 0, 0, canvas.width, canvas.height);
}

/** Darken all of a canvas but a place, given in shares. */
export function drawOutside(canvas, { left, top, right, bottom }) {
  const context = canvas.getContext("2d");
  context.fillStyle = DIM;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const [x, y] = [canvas.width, canvas.height];
  context.clearRect(left * x, top * y, (right - left) * x, (bottom - top) * y);
}

function colored(layer, color) {
  const made = blank(layer.width, layer.height);
  const context = made.getContext("2d");
  context.drawImage(layer, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = color;
  context.fillRect(0, 0, made.width, made.height);
  return made;
}

/** Dim and hatch what a layer doesn't mark. */
function hatched(layer) {
  const made = blank(layer.width, layer.height);
  const context = made.getContext("2d");
  context.drawImage(hatch(layer.width, layer.height), 0, 0);
  context.globalCompositeOperation = "destination-out";
  context.drawImage(layer, 0, 0);
  return made;
}

let drawn = blank(0, 0); // the last hatch, which each frame of a stroke needs again

function hatch(width, height) {
  if (drawn.width === width && drawn.height === height) return drawn;
  drawn = blank(width, height);
  const context = drawn.getContext("2d");
  context.fillStyle = DIM;
  context.fillRect(0, 0, width, height);
  const gap = Math.max(width, height) / GAP;
  context.strokeStyle = HATCH;
  context.lineWidth = gap / 8;
  context.beginPath();
  for (let x = -height; x < width; x += gap) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  return drawn;
}
