// The home page: the form with the place of the result, and the gallery.

import { finished } from "./finished.js";
import { cards, follow, gallery } from "./gallery.js";
import { announce, base, listen, postForms } from "./live.js";
import { studio } from "./studio.js";
import { toast } from "./toast.js";

const form = document.querySelector("[data-studio]");

gallery();
postForms((failure) => toast(failure));
const place = form && studio(form, () => live.say());
const live = listen(take, awaited);

/** The visitor's unfinished pictures. */
function awaited() {
  const own = cards().filter(({ dataset }) => "mine" in dataset && ["queued", "running"].includes(dataset.state));
  return [...new Set([...own.map((each) => each.dataset.job), ...(place?.unfinished ?? [])])];
}

async function take(news) {
  const before = awaited();
  place?.take(news.jobs);
  if (news.all && place) {
    const told = new Set(news.jobs.map((view) => view.id));
    await Promise.all(place.unfinished.filter((id) => !told.has(id)).map((id) => place.look(id)));
  }
  place?.gone(news.gone);
  await follow(news);
  announce(news.jobs);
  const ended = before.filter((id) => !awaited().includes(id));
  for (const view of ended.map(viewOf)) {
    if (view?.state === "done") finished(view, `${base}/jobs/${view.id}`);
  }
  if (ended.length) live.say();
}

/** What this page knows of a job. */
function viewOf(id) {
  const card = cards().find(({ dataset }) => dataset.job === id);
  return place?.views.get(id) ?? (card && { id, ...card.dataset });
}

document.addEventListener("removed", ({ detail }) => place?.gone(detail));
const notice = document.querySelector("[data-notice]");
notice?.querySelector("button").addEventListener("click", () => {
  document.cookie = `artstyle_noticed=1; path=${base}/; max-age=31536000; samesite=lax`;
  notice.remove();
});
