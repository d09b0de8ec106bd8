// The form: a photo, paintings and settings become jobs, which appear in the place of the result.

import { keepValues, restoreValues } from "./kept.js";
import { say } from "./live.js";
import { offerNotifications } from "./finished.js";
import { Paintings } from "./paintings.js";
import { Place } from "./place.js";
import { receive } from "./receive.js";
import { Regions } from "./regions.js";
import { follow } from "./sliders.js";
import { Tools } from "./tools.js";
import { upload } from "./upload.js";
import { wanted } from "./wanted.js";
import { t } from "./words.js";
import { Zone } from "./zones.js";

const OF_PICTURES = ["title", "seed", "style_weights", "style_crop", "without"]; // no procedure sets them

/** Set up the form; returns the place of the result. `started` is called with new jobs. */
export function studio(form, started) {
  form.classList.add("enhanced");
  const place = new Place(form.querySelector("[data-place]"));
  const pictures = sources(form, changed);
  const { photo, paintings, regions, tools } = pictures;
  const title = form.elements.title;
  let ownTitle = title.value; // what the visitor typed

  function changed() {
    const { chosen } = paintings;
    if (!ownTitle) title.value = [photo, ...chosen].some((each) => each.file) ? defaultTitle(photo, chosen) : "";
    place.sample(exampleOf(pictures));
    tools.show();
    keepValues(form);
  }
  title.addEventListener("input", () => (ownTitle = title.value));
  form.addEventListener("input", () => keepValues(form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { submitter } = event;
    await paintings.close();
    const extra = submitter?.name ? [[submitter.name, submitter.value]] : [];
    send(form, place, [...extra, ...(await wanted(form, pictures))], started);
  });
  form.querySelector("[data-ready-seed]").addEventListener("click", ({ target }) => {
    fill(form, { seed: target.dataset.seed });
    say(t("The seed {seed} is used for the next pictures.", target.dataset));
    target.hidden = true;
  });
  recipes(form);
  offerNotifications(form.querySelector("[data-notify]"));
  receive(photo, paintings);
  restore(form, pictures, place, changed).then(() => {
    follow(form);
    started();
  });
  return place;
}

/** The photo, the paintings, and what is marked on them. */
function sources(form, changed) {
  const later = { changed: () => {}, seen: () => {} }; // until all are there
  const tellOf = (field, text) => tell(form, field, text);
  const zones = [...form.querySelectorAll("[data-source]")].map(
    (root) => new Zone(root, { changed: (zone) => later.changed(zone), seen: (zone) => later.seen(zone), tell: tellOf }),
  );
  const [photo, ...rest] = zones;
  const regions = new Regions(photo, changed);
  const removed = (at, left) => regions.removed(at, left);
  const paintings = new Paintings(form, rest, { changed, removed });
  const tools = new Tools(form, photo, paintings, regions);
  later.seen = (zone) => tools.showOn(zone);
  later.changed = (zone) => {
    if (zone !== photo) return paintings.update();
    regions.follow();
    changed();
  };
  return { photo, paintings, regions, tools };
}

/** Bring back what was in the form before the page was reloaded. */
async function restore(form, { photo, paintings, regions, tools }, place, changed) {
  const fresh = !location.search && !form.querySelector("[data-error]:not([hidden])");
  const masks = photo.root.dataset.masks?.split(" ").filter(Boolean) ?? [];
  const kept = fresh && restoreValues(form);
  if (kept) {
    await photo.restore();
    await paintings.restore();
    await regions.restore();
  } else if (masks.length) await regions.repeat(form.elements.again.value, masks);
  paintings.read();
  if (kept) changed();
  else tools.show();
  await place.restore();
}

/** "Lion × Starry night + Waves" for lion.jpg, starry_night.png and waves.png. */
function defaultTitle(photo, paintings) {
  const names = [photo, ...paintings].map(({ file, sample, label }) => {
    const name = label || (file ? file.name.replace(/\.\w{1,5}$/, "") : (sample?.dataset.label ?? ""));
    const words = name.replace(/[_\s]+/g, " ").trim();
    return words.charAt(0).toUpperCase() + words.slice(1);
  });
  const [first, ...others] = names;
  return paintings.length && names.every(Boolean) ? `${first} × ${others.join(" + ")}`.slice(0, 120) : "";
}

/** A finished picture of the samples that are chosen, if there is one. */
function exampleOf({ photo, paintings, regions }) {
  const { chosen } = paintings;
  const [painting] = chosen;
  if (photo.file || chosen.length !== 1 || painting.file || painting.crop || regions.layers.size) return null;
  const pair = `${photo.sample?.value}/${painting.sample?.value}`;
  return document.querySelector(`[data-example="${CSS.escape(pair)}"] img`);
}

/** Type values into fields and let their sliders follow. */
function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements[name];
    if (field.type === "checkbox") field.checked = value === "on";
    else field.value = value;
  }
  form.dispatchEvent(new Event("filled"));
  keepValues(form);
}

/** Buttons that set all settings at once, as for the procedure of the paper. */
function recipes(form) {
  form.querySelector("[data-sets]").hidden = false;
  const fields = [...form.querySelectorAll(".fields [name]")].filter((each) => each.type !== "file" && !OF_PICTURES.includes(each.name));
  for (const button of form.querySelectorAll("[data-recipe]")) {
    button.addEventListener("click", () => {
      const blank = Object.fromEntries(fields.map((each) => [each.name, ""]));
      fill(form, { ...blank, ...JSON.parse(button.dataset.recipe) });
      say(t("The settings are set."));
    });
  }
}

async function send(form, place, extra, started) {
  const buttons = [...form.querySelectorAll("[data-send]")];
  if (buttons.some((each) => each.ariaBusy)) return;
  for (const each of buttons) each.ariaBusy = "true";
  clear(form);
  const { sent, stop } = upload(form, extra, (percent) => place.uploading(percent, stop));
  place.uploading(0, stop);
  const { ids, errors } = await sent;
  for (const each of buttons) each.ariaBusy = null;
  place.uploaded();
  if (errors) return showErrors(form, errors);
  if (!ids) return say(t("The upload was stopped."));
  await place.follow(ids);
  started();
  const narrow = matchMedia("(max-width: 56rem)").matches;
  if (narrow) place.root.scrollIntoView({ block: "nearest" });
}

function clear(form) {
  for (const each of form.querySelectorAll("[data-error]")) tell(form, each.dataset.error, "");
}

/** Show what is wrong with a field; with "" nothing is. */
function tell(form, field, message) {
  const place = form.querySelector(`[data-error="${CSS.escape(field)}"]`);
  if (!place) return false;
  place.textContent = message;
  place.hidden = !message;
  const input = form.querySelector(`#${CSS.escape(field || "-")}`);
  if (message) input?.setAttribute("aria-invalid", "true");
  else input?.removeAttribute("aria-invalid");
  if (message) place.closest("details")?.setAttribute("open", "");
  return true;
}

/** Show all errors, those of no field on top, and focus the first one. */
function showErrors(form, errors) {
  const rest = [];
  for (const [field, message] of Object.entries(errors)) {
    if (!field || !tell(form, field, message)) rest.push(message);
  }
  tell(form, "", rest.join(" "));
  const first = form.querySelector("[data-error]:not([hidden])");
  first?.scrollIntoView({ block: "center" });
  const field = first?.dataset.error && form.elements[first.dataset.error];
  (field instanceof RadioNodeList ? field[0] : field || document.getElementById("title"))
    .focus({ preventScroll: true });
}
