// The pictures of the form by their roles, which name its fields, as the page lists them.

const zones = [...document.querySelectorAll("[data-source]")];

export const STYLES = zones.map(({ dataset }) => dataset.source).filter((role) => role.startsWith("style"));
export const STYLE_MASKS = STYLES.map((role) => role.replace("style", "style_mask")); // the region of each
export const MASK = "mask";
