// The part of each painting that is used, as it is typed: left, top, width and height in shares.

const WHOLE = "0,0,1,1";
const DIGITS = 4; // of a share

/** The parts as they are typed; whole paintings at the end are left out. */
export function typedParts(zones) {
  const parts = zones.map(({ crop }) => (crop ? typed(crop) : WHOLE));
  while (parts.at(-1) === WHOLE) parts.pop();
  return parts.join("/");
}

function typed({ left, top, right, bottom }) {
  return [left, top, right - left, bottom - top].map((share) => Number(share.toFixed(DIGITS))).join(",");
}

/** Take what is typed. */
export function readParts(zones, text) {
  const parts = text.split("/");
  for (const [at, zone] of zones.entries()) zone.crop = read(parts[at] ?? WHOLE);
}

function read(text) {
  const [left, top, width, height] = text.split(",").map((each) => Number(each.trim() || NaN));
  const whole = left === 0 && top === 0 && width === 1 && height === 1;
  if (whole || !(left >= 0 && top >= 0 && width > 0 && height > 0 && left + width <= 1.000001 && top + height <= 1.000001)) return null;
  return { left, top, right: Math.min(1, left + width), bottom: Math.min(1, top + height) };
}
