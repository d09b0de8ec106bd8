// Sends the form, says how far it is, and can be stopped. XMLHttpRequest tells how much was sent.

import { t } from "./words.js";

/** Returns {sent: promise of {ids} or {errors} or {stopped}, stop}. */
export function upload(form, extra, onPercent) {
  const request = new XMLHttpRequest();
  const data = new FormData(form);
  for (const [name, value] of extra) data.set(name, value);
  const sent = new Promise((resolve) => {
    request.upload.onprogress = ({ loaded, total }) => onPercent(Math.floor((100 * loaded) / total));
    request.onabort = () => resolve({ stopped: true });
    request.onerror = () => resolve(failed(t("The server can't be reached. Your entries are still here: try again.")));
    request.onload = () => resolve(read(request));
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(data);
  });
  return { sent, stop: () => request.abort() };
}

function read({ status, responseText }) {
  let told = {};
  try {
    told = JSON.parse(responseText);
  } catch {} // not from the lab: a proxy's page, or nothing
  if (told.id) return { ids: told.ids ?? [told.id] };
  if (told.errors && Object.keys(told.errors).length) return { errors: told.errors };
  return failed(told.error || t("The server answered with an error ({status}).", { status }));
}

function failed(reason) {
  return { errors: { "": reason } };
}
