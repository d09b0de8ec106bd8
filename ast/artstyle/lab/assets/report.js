// The report: cards follow their jobs, new ones come, removed ones go.

import { announce, listen, postForms, show } from "./live.js";

const report = document.querySelector("[data-report]");
const firstPage = report.dataset.page === "1";
const complete = report.dataset.pages === "1" && report.querySelector(".cards");
const states = new Map(); // of all jobs, also those on other pages
let first = true;

const card = (id) => report.querySelector(`[data-job="${CSS.escape(id)}"]`);

listen(async ({ jobs, all, gone = [] }) => {
  const ids = new Set(jobs.map((words) => words.id));
  const lost = all ? [...states.keys()].filter((id) => !ids.has(id)) : gone;
  if (all) lost.push(...[...report.querySelectorAll("[data-job]")].map((each) => each.dataset.job)
    .filter((id) => !ids.has(id)));
  lost.forEach(remove);

  const fresh = [];
  for (const words of jobs) {
    // At first sight, a job without a card is on another page, unless this is the only one.
    if (!states.has(words.id) && !card(words.id) && (!first || complete)) fresh.push(words.id);
    states.set(words.id, words.state);
    update(words);
  }
  first = false;
  announce(jobs);
  count();
  if (firstPage) await add(fresh);
});

postForms((failure, form) => {
  form.closest("[data-job]").querySelector("[data-words=status]").textContent = failure;
});

function update(words) {
  const found = card(words.id);
  if (!found) return;
  show(found, words);
  const form = found.querySelector("[data-while-live]");
  if (!form || words.live) return;
  if (form.contains(document.activeElement)) found.querySelector("a").focus();
  form.remove();
}

function remove(id) {
  states.delete(id);
  const found = card(id);
  if (!found) return;
  if (found.contains(document.activeElement)) {
    const next = found.nextElementSibling ?? found.previousElementSibling;
    (next?.querySelector("a") ?? found.closest("section").querySelector("h2")).focus();
  }
  found.remove();
}

/** Put cards of new jobs where the server would: visitors' in front, the table's at the end. */
async function add(ids) {
  for (const id of ids) {
    const answer = await fetch(`/jobs/${id}/card`).catch(() => null);
    if (!answer?.ok || card(id)) continue;
    if (!report.querySelector(".cards")) return location.reload(); // the first picture of all
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    if (card(id) || !states.has(id)) continue; // it has come, or gone, in the meantime
    const { section } = template.content.querySelector("[data-job]").dataset;
    const cards = report.querySelector(`[data-cards="${section}"]`);
    if (section === "table") cards?.append(template.content);
    else cards.prepend(template.content);
  }
}

function count() {
  for (const element of document.querySelectorAll("[data-counts] [data-state]")) {
    const number = [...states.values()].filter((state) => state === element.dataset.state).length;
    element.querySelector("b").textContent = number;
    element.hidden = !number;
  }
}
