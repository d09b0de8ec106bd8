// The gallery: cards follow their jobs, new ones are added, removed ones disappear.

import { announce, listen, postForms, show } from "./live.js";

const gallery = document.querySelector("[data-gallery]");
const firstPage = gallery.dataset.page === "1";
const present = new Set(); // jobs of this page, according to the server

const card = (id) => gallery.querySelector(`[data-job="${CSS.escape(id)}"]`);
const cards = () => [...gallery.querySelectorAll("[data-job]")].map((each) => each.dataset.job);

listen(async ({ jobs, all, gone, counts }) => {
  const ids = new Set(jobs.map((view) => view.id));
  (all ? cards().filter((id) => !ids.has(id)) : gone).forEach(remove);
  for (const view of jobs) {
    present.add(view.id);
    update(view);
  }
  announce(jobs);
  count(counts);
  if (firstPage) await add(jobs.map((view) => view.id).filter((id) => !card(id)));
});

postForms((failure, form) => {
  form.closest("[data-job]").querySelector("[data-text=status]").textContent = failure;
});

function update(view) {
  const found = card(view.id);
  if (!found) return;
  show(found, view);
  const form = found.querySelector("[data-while-live]");
  if (!form || view.live) return;
  if (form.contains(document.activeElement)) found.querySelector("a").focus();
  form.remove();
}

function remove(id) {
  present.delete(id);
  const found = card(id);
  if (!found) return;
  if (found.contains(document.activeElement)) {
    const next = found.nextElementSibling ?? found.previousElementSibling;
    (next?.querySelector("a") ?? found.closest("section").querySelector("h2")).focus();
  }
  found.remove();
}

/** Add cards of new jobs where the server puts them: visitors' first, showcased ones last. */
async function add(ids) {
  if (!ids.length) return;
  if (!gallery.querySelector(".cards")) return location.reload(); // the very first picture
  const fetched = await Promise.all(ids.map(fetchCard));
  const isNew = ({ dataset: { job } }) => present.has(job) && !card(job); // not removed meanwhile
  const fresh = fetched.filter((each) => each && isNew(each));
  const of = (section) => fresh.filter((each) => each.dataset.section === section);
  gallery.querySelector("[data-cards=showcase]")?.append(...of("showcase"));
  gallery.querySelector("[data-cards=visitors]").prepend(...of("visitors"));
}

async function fetchCard(id) {
  const answer = await fetch(`${document.body.dataset.base}/jobs/${id}/card`).catch(() => null);
  if (!answer?.ok) return null;
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  return template.content.querySelector("[data-job]");
}

function count(counts) {
  for (const element of document.querySelectorAll("[data-counts] [data-state]")) {
    const number = counts[element.dataset.state] ?? 0;
    element.querySelector("b").textContent = number;
    element.hidden = !number;
  }
}
