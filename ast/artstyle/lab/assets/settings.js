// The settings that a result carries in its PNG, and how they get into the form of the home page.

import { base } from "./live.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

const KEPT = "artstyle-settings"; // for the form, while another page is left for it
const KEY = "artstyle"; // of the text chunk in the PNG
const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const LONGEST = 1 << 20; // bytes of a file in which the chunk is looked for; it comes before the pixels

/** The settings in a PNG that was made here, by name; null for any other file. */
export async function settingsOf(file) {
  const bytes = new Uint8Array(await file.slice(0, LONGEST).arrayBuffer());
  if (!SIGNATURE.every((byte, at) => bytes[at] === byte)) return null;
  const view = new DataView(bytes.buffer);
  const latin = new TextDecoder("latin1");
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = latin.decode(bytes.subarray(at + 4, at + 8));
    const text = kind === "tEXt" ? latin.decode(bytes.subarray(at + 8, at + 8 + length)) : "";
    if (text.startsWith(`${KEY}\0`)) return parse(text.slice(KEY.length + 1));
    if (kind === "IDAT") return null;
    at += length + 12;
  }
  return null;
}

function parse(text) {
  try {
    const exact = text.replace(/("seed": *)(\d+)/, '$1"$2"'); // may have more digits than a number keeps
    return renamed(JSON.parse(exact).settings ?? null);
  } catch {
    return null;
  }
}

/** Settings of an earlier version under today's names. */
function renamed(settings) {
  if (settings === null || !("keep_colors" in settings)) return settings;
  const { keep_colors: kept, ...rest } = settings;
  return { colors: kept ? "photo" : "painting", ...rest };
}

/** Fill the form with settings; from another page, that of the home page. */
export function loadSettings(settings) {
  const form = document.querySelector("[data-studio]");
  if (!form) {
    sessionStorage.setItem(KEPT, JSON.stringify(settings));
    location.assign(`${base}/`);
    return;
  }
  for (const [name, value] of Object.entries(settings)) {
    const field = form.elements[name];
    if (field?.type === "checkbox") field.checked = value;
    else if (field) field.value = typed(value);
  }
  form.dispatchEvent(new Event("filled"));
  form.dispatchEvent(new Event("input"));
  toast(t("The settings of that picture are in the form now."));
}

/** A value as it is typed into its field. */
function typed(value) {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value?.[0])) return value.map((each) => each.join(",")).join("/"); // parts of paintings
  if (Array.isArray(value)) return value.map((each) => (typeof each === "object" ? Object.values(each).join(":") : each)).join(",");
  return String(value);
}

const seen = new WeakSet(); // drops that carry no settings, and are passed on

/** A result that is dropped beside the two places of the form gives its settings. */
addEventListener("drop", (event) => {
  const { files, types } = event.dataTransfer;
  const ours = types.includes("text/uri-list"); // a picture or a link of a page, not a file
  if (seen.has(event) || ours || files.length !== 1 || event.target.closest?.("[data-drop]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  take(files[0], event.target);
}, { capture: true });
addEventListener("dragover", (event) => event.preventDefault());

async function take(file, target) {
  const settings = await settingsOf(file);
  if (settings) return loadSettings(settings);
  if (!document.querySelector("[data-studio]")) return toast(t("This file carries no settings. Drop a PNG that was made here."));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  const again = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
  seen.add(again);
  target.dispatchEvent(again);
}

const kept = sessionStorage.getItem(KEPT);
if (kept && document.querySelector("[data-studio]")) {
  sessionStorage.removeItem(KEPT);
  loadSettings(JSON.parse(kept));
}
