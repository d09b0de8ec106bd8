// Short messages at the edge of the page, for some seconds, with a way to take something back.

import { t } from "./words.js";

const place = document.querySelector("[data-toasts]");

/** Show a message; with `undo` it has a button for that. Returns when it is over. */
export function toast(text, { undo, seconds = 6 } = {}) {
  const box = document.createElement("div");
  box.className = "toast";
  box.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  place.append(box);
  return new Promise((resolve) => {
    const end = (taken) => {
      clearTimeout(timer);
      box.remove();
      resolve(taken);
    };
    const timer = setTimeout(() => end(false), seconds * 1000);
    if (!undo) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = t("Undo");
    button.addEventListener("click", () => {
      end(true);
      undo();
    });
    box.append(button);
  });
}
