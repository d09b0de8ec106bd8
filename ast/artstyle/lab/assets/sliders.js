// Sliders beside exact numbers: of the number itself, or of powers of two of the default.

import { t } from "./words.js";

/** Let all sliders of a form and their numbers follow each other. */
export function follow(form) {
  for (const root of form.querySelectorAll("[data-scale]")) scale(form, root);
}

function scale(form, root) {
  const slider = root.querySelector("input");
  const number = form.elements[root.dataset.scale];
  const usual = Number(root.dataset.default);
  const linear = "linear" in root.dataset;
  const [left, right] = slider.dataset.ends.split("|");
  const speak = () => {
    const value = number.value === "" ? usual : Number(number.value);
    slider.setAttribute("aria-valuetext", t("{value}, from {left} to {right}", { value, left, right }));
  };
  const place = () => {
    const value = number.value === "" ? usual : Number(number.value);
    slider.value = linear ? value : Math.max(slider.min, Math.log2(value / usual));
    speak();
  };
  slider.addEventListener("input", () => {
    const at = Number(slider.value);
    const value = linear ? at : Number((usual * 2 ** at).toPrecision(2));
    number.value = value === usual ? "" : value;
    speak();
  });
  number.addEventListener("input", place);
  form.addEventListener("filled", place);
  place();
  root.hidden = false;
}
