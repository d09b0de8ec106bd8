// The form: pictures are dropped, pasted and shown; after an error nothing typed is lost.

const form = document.querySelector("[data-new]");
const LARGEST = Number(form?.dataset.largest); // bytes
if (form) enhance();

function enhance() {
  form.classList.add("enhanced");
  const sources = [...form.querySelectorAll("[data-source]")].map(source);
  form.querySelectorAll("[data-scale]").forEach(scale);
  form.addEventListener("submit", send);
  // A picture dropped beside the zones must not replace the page.
  for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
  addEventListener("paste", (event) => {
    const file = event.clipboardData.files[0];
    if (!file) return;
    event.preventDefault();
    const here = sources.find((each) => each.root.contains(document.activeElement));
    (here ?? sources.find((each) => each.isEmpty()) ?? sources[0]).take(file);
  });
}

/** Set up one of the two picture fields. */
function source(root) {
  const input = root.querySelector("input[type=file]");
  const zone = root.querySelector("[data-drop]");
  const image = root.querySelector("[data-chosen-picture]");
  const name = root.querySelector("[data-chosen-name]");
  const hint = root.querySelector("[data-hint]");
  const samples = [...root.querySelectorAll("input[type=radio]")];
  const sample = () => samples.find((each) => each.checked);

  const picture = (url, text) => {
    if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
    image.hidden = !url;
    hint.hidden = Boolean(url);
    if (url) image.src = url;
    else image.removeAttribute("src");
    name.textContent = text;
    zone.classList.toggle("filled", Boolean(text));
  };
  const showSample = () => {
    const chosen = sample();
    if (chosen) picture(chosen.parentElement.querySelector("img").src, chosen.dataset.name);
    else picture("", "");
  };
  const showFile = () => {
    const file = input.files[0];
    if (!file) return showSample();
    const wrong = fault(file);
    tell(input.name, wrong);
    if (wrong) {
      input.value = "";
      return showSample();
    }
    for (const each of samples) each.checked = false;
    tell(`${input.name}_sample`, "");
    const text = `${file.name}, ${weight(file.size)}`;
    picture(URL.createObjectURL(file), text);
    image.onload = () => {
      if (input.files[0] !== file) return;
      name.textContent = `${file.name}, ${image.naturalWidth}×${image.naturalHeight} px, ${weight(file.size)}`;
    };
    image.onerror = () => input.files[0] === file && picture("", text); // TIFF, HEIC
  };
  const take = (file) => {
    const files = new DataTransfer();
    files.items.add(file);
    input.files = files.files;
    showFile();
    if (input.files.length) input.focus();
  };

  input.addEventListener("change", showFile);
  for (const each of samples) {
    each.addEventListener("change", () => {
      input.value = "";
      tell(input.name, "");
      tell(each.name, "");
      showSample();
    });
  }
  zone.addEventListener("dragover", () => zone.classList.add("over"));
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget)) zone.classList.remove("over");
  });
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
  showFile(); // browsers keep the choice when a page is reloaded
  return { root, take, isEmpty: () => !input.files.length && !sample() };
}

function fault(file) {
  if (!file.type.startsWith("image/")) return `${file.name} isn't a picture.`;
  if (file.size > LARGEST) {
    return `${file.name} is ${weight(file.size)}; the limit is ${weight(LARGEST)}. Choose a smaller file.`;
  }
  return "";
}

function weight(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A slider beside the exact number: of the number itself, or of powers of two of the default. */
function scale(root) {
  const slider = root.querySelector("input");
  const number = form.elements[root.dataset.scale];
  const usual = Number(root.dataset.default);
  const linear = "linear" in root.dataset;
  const follow = () => {
    const value = number.value === "" ? usual : Number(number.value);
    slider.value = linear ? value : Math.max(slider.min, Math.log2(value / usual));
  };
  slider.addEventListener("input", () => {
    const place = Number(slider.value);
    const value = linear ? place : Number((usual * 2 ** place).toPrecision(2));
    number.value = value === usual ? "" : value;
  });
  number.addEventListener("input", follow);
  follow();
  root.hidden = false;
}

/** Show what is wrong with a field; with "" nothing is. */
function tell(field, message) {
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

async function send(event) {
  event.preventDefault();
  const button = form.querySelector("[data-send]");
  if (button.ariaBusy) return;
  button.ariaBusy = "true";
  const { page, errors } = await post();
  if (page) {
    location.assign(page);
    addEventListener("pageshow", () => (button.ariaBusy = null), { once: true }); // after going back
    return;
  }
  button.ariaBusy = null;
  showErrors(errors);
}

async function post() {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(form),
    });
    const { page, errors, error } = await answer.json().catch(() => ({}));
    const refused = error || `The server answered with an error (${answer.status}).`;
    return { page, errors: errors ?? { "": refused } };
  } catch {
    return { errors: { "": "The server can't be reached. Your entries are still here: try again." } };
  }
}

/** Show all errors, those of no field on top, and focus the first one. */
function showErrors(errors) {
  for (const place of form.querySelectorAll("[data-error]")) tell(place.dataset.error, "");
  const rest = [];
  for (const [field, message] of Object.entries(errors)) {
    if (!field || !tell(field, message)) rest.push(message);
  }
  tell("", rest.join(" "));
  const first = form.querySelector("[data-error]:not([hidden])");
  first?.scrollIntoView({ block: "center" });
  const field = first?.dataset.error && form.elements[first.dataset.error];
  (field instanceof RadioNodeList ? field[0] : field || document.getElementById("title"))
    .focus({ preventScroll: true });
}
