// How large a painting's strokes come out on the photo: a patch of it at its true relative size.

const SIDE = 640; // px of the longer side
const PATCH = 0.55; // of the photo's shorter side, at most
const NO_PHOTO = [4, 3]; // the shape where none is shown

/** Draw the photo with the patch; returns the size. `part` is what is used of the painting. */
export function drawStrokes(canvas, photo, painting, part, scale) {
  const [across, down] = photo ? [photo.naturalWidth, photo.naturalHeight] : NO_PHOTO;
  const width = Math.round((SIDE * across) / Math.max(across, down));
  const height = Math.round((SIDE * down) / Math.max(across, down));
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  context.fillStyle = "#8886";
  context.fillRect(0, 0, width, height);
  if (photo) context.drawImage(photo, 0, 0, width, height);
  drawPatch(context, painting, patchOf(painting, part, Math.min(width, height), scale));
  return [width, height];
}

/**
 * What of a painting is shown, and how large. Its part is resized so that its shorter side is the
 * photo's times the scale.
 */
export function patchOf(painting, { left, top, right, bottom }, shorter, scale) {
  const size = [(right - left) * painting.naturalWidth, (bottom - top) * painting.naturalHeight];
  const factor = (shorter * scale) / Math.min(...size);
  const shown = size.map((side) => Math.min(side * factor, shorter * PATCH));
  const from = shown.map((side) => side / factor); // pixels of the painting, from its part's middle
  const middle = [((left + right) / 2) * painting.naturalWidth, ((top + bottom) / 2) * painting.naturalHeight];
  return { from, start: middle.map((at, axis) => at - from[axis] / 2), shown };
}

function drawPatch(context, painting, { from, start, shown }) {
  const [x, y] = [(context.canvas.width - shown[0]) / 2, (context.canvas.height - shown[1]) / 2];
  context.drawImage(painting, ...start, ...from, x, y, ...shown);
  context.strokeStyle = "#fff";
  context.lineWidth = 3;
  context.strokeRect(x, y, ...shown);
}
