// Tells that a picture is ready: in the tab's title and icon while it can't be seen, and by a
// notification if the visitor wants that.

import { t } from "./words.js";

const icon = document.querySelector("link[rel=icon]");
const usual = icon.href;
const MARK = "✓ ";

/** A picture of the visitor's is ready. */
export function finished({ id, title }, page) {
  if (!document.hidden) return;
  if (!document.title.startsWith(MARK)) document.title = MARK + document.title;
  icon.href = icon.dataset.done;
  if (window.Notification?.permission !== "granted") return;
  const note = new Notification(t("Your picture is ready"), { body: title, tag: id, icon: usual });
  note.onclick = () => {
    window.focus();
    if (location.pathname !== page) location.assign(page);
    note.close();
  };
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !document.title.startsWith(MARK)) return;
  document.title = document.title.slice(MARK.length);
  icon.href = usual;
});

/** A button that asks whether notifications are wanted, while that is open. */
export function offerNotifications(button) {
  const update = () => (button.hidden = window.Notification?.permission !== "default");
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    update();
  });
  update();
}
