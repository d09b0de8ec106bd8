// Keeps what is in the form when the page is reloaded: the files in IndexedDB, by tab, and the
// rest in the tab's session storage.

const DAY = 24 * 3600 * 1000; // files of tabs that were closed are forgotten after it
const FORM = "artstyle-form";
const TAB = "artstyle-tab";

const tab = sessionStorage.getItem(TAB) ?? crypto.getRandomValues(new Uint32Array(2)).join("-");
sessionStorage.setItem(TAB, tab);

/** Keep the values of all fields but the files. */
export function keepValues(form) {
  const fields = [...form.elements].filter((each) => each.name && each.type !== "file" && each.type !== "submit");
  const values = {};
  for (const each of fields) {
    if (each.type === "radio") each.checked && (values[each.name] = each.value);
    else values[each.name] = each.type === "checkbox" ? each.checked : each.value;
  }
  sessionStorage.setItem(FORM, JSON.stringify(values));
}

/** Fill in what was kept; returns whether there was anything. */
export function restoreValues(form) {
  const values = JSON.parse(sessionStorage.getItem(FORM) ?? "null");
  for (const [name, value] of Object.entries(values ?? {})) {
    const field = form.elements[name];
    if (field?.type === "checkbox") field.checked = value;
    else if (field) field.value = value;
  }
  for (const radio of form.querySelectorAll("[type=radio]")) {
    if (values && !(radio.name in values)) radio.checked = false;
  }
  return Boolean(values);
}

async function store(mode) {
  const opening = indexedDB.open("artstyle", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("files");
  const database = await done(opening);
  return database.transaction("files", mode).objectStore("files");
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Keep the file of a role, or none; where the browser keeps nothing, that's all right. */
export async function keepFile(role, file, label) {
  try {
    const files = await store("readwrite");
    await done(file ? files.put({ file, label, when: Date.now() }, `${tab} ${role}`) : files.delete(`${tab} ${role}`));
  } catch {} // a private window, or no room
}

/** The file that was kept for a role: {file, label}, or undefined. */
export async function keptFile(role) {
  try {
    const files = await store("readwrite");
    const keys = await done(files.getAllKeys());
    for (const key of keys) {
      const { when } = await done(files.get(key));
      if (Date.now() - when > DAY) files.delete(key);
    }
    return await done(files.get(`${tab} ${role}`));
  } catch {
    return undefined;
  }
}
