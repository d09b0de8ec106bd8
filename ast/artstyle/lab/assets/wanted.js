// What a form sends besides its fields: the masks, and what it doesn't take of the job it repeats.

import { MASK, STYLE_MASKS, STYLES } from "./roles.js";

/** Pairs of a field and its value. */
export async function wanted(form, { paintings, regions }) {
  const files = await regions.files(paintings.chosen.length);
  const again = form.elements.again ? [["without", unwanted(paintings).join(",")]] : [];
  return [...files, ...again];
}

/** Masks are sent as files; a painting is as before where its place says so. */
function unwanted(paintings) {
  const kept = paintings.chosen.filter((zone) => zone.sample?.value === "").map((zone) => zone.role);
  return [MASK, ...STYLE_MASKS, ...STYLES.slice(1).filter((role) => !kept.includes(role))];
}
