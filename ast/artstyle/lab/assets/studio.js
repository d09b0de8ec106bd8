// The form: two pictures and settings become jobs, which appear in the place of the result.

import { keepValues, restoreValues } from "./kept.js";
import { say } from "./live.js";
import { offerNotifications } from "./finished.js";
import { Place } from "./place.js";
import { follow } from "./sliders.js";
import { upload } from "./upload.js";
import { t } from "./words.js";
import { receive, Zone } from "./zones.js";

/** Set up the form; returns the place of the result. `started` is called with new jobs. */
export function studio(form, started) {
  form.classList.add("enhanced");
  const place = new Place(form.querySelector("[data-place]"));
  const zones = [...form.querySelectorAll("[data-source]")].map(
    (root) => new Zone(root, { changed: () => changed(), tell: (field, text) => tell(form, field, text) }),
  );
  const title = form.elements.title;
  let ownTitle = title.value; // what the visitor typed

  function changed() {
    const [photo, painting] = zones;
    if (!ownTitle) title.value = photo.file || painting.file ? defaultTitle(photo, painting) : "";
    const picture = photo.file || painting.file ? null : exampleOf(photo.sample?.value, painting.sample?.value);
    place.sample(picture);
    keepValues(form);
  }
  title.addEventListener("input", () => (ownTitle = title.value));
  form.addEventListener("input", () => keepValues(form));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, place, event.submitter, started);
  });
  form.querySelector("[data-ready-seed]").addEventListener("click", ({ target }) => {
    fill(form, { seed: target.dataset.seed });
    say(t("The seed {seed} is used for the next pictures.", target.dataset));
    target.hidden = true;
  });
  recipes(form);
  offerNotifications(form.querySelector("[data-notify]"));
  receive(zones);
  restore(form, zones, place).then(() => {
    follow(form);
    started();
  });
  return place;
}

/** Bring back what was in the form before the page was reloaded. */
async function restore(form, zones, place) {
  const fresh = !location.search && !form.querySelector("[data-error]:not([hidden])");
  if (fresh && restoreValues(form)) {
    for (const zone of zones) {
      await zone.restore();
      if (!zone.file) zone.show();
      if (zone.file || zone.sample?.defaultChecked === false) zone.untouched = false;
    }
  }
  await place.restore();
}

/** "Lion × Starry night" for lion.jpg and starry_night.png. */
function defaultTitle(...zones) {
  const names = zones.map(({ file, sample, label }) => {
    const name = label || (file ? file.name.replace(/\.\w{1,5}$/, "") : (sample?.dataset.label ?? ""));
    const words = name.replace(/[_\s]+/g, " ").trim();
    return words.charAt(0).toUpperCase() + words.slice(1);
  });
  return names.every(Boolean) ? names.join(" × ").slice(0, 120) : "";
}

function exampleOf(photo, painting) {
  return document.querySelector(`[data-example="${CSS.escape(`${photo}/${painting}`)}"] img`);
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
  const fields = [...form.querySelectorAll(".fields [name]")].filter((each) => !["title", "seed"].includes(each.name));
  for (const button of form.querySelectorAll("[data-recipe]")) {
    button.addEventListener("click", () => {
      const blank = Object.fromEntries(fields.map((each) => [each.name, ""]));
      fill(form, { ...blank, ...JSON.parse(button.dataset.recipe) });
      say(t("The settings are set."));
    });
  }
}

async function send(form, place, button, started) {
  const buttons = [...form.querySelectorAll("[data-send]")];
  if (buttons.some((each) => each.ariaBusy)) return;
  for (const each of buttons) each.ariaBusy = "true";
  clear(form);
  const extra = button?.name ? [[button.name, button.value]] : [];
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
