// The report: cards follow their jobs, new ones come, removed ones go.

import { announce, listen, postForms, show } from "./live.js";

const report = document.querySelector("[data-report]");
const firstPage = report.dataset.page === "1";
const present = new Set(); // jobs of this page, as the server last told

const card = (id) => report.querySelector(`[data-job="${CSS.escape(id)}"]`);
const cards = () => [...report.querySelectorAll("[data-job]")].map((each) => each.dataset.job);

listen(async ({ jobs, all, gone, counts }) => {
  const ids = new Set(jobs.map((words) => words.id));
  (all ? cards().filter((id) => !ids.has(id)) : gone).forEach(remove);
  for (const words of jobs) {
    present.add(words.id);
    update(words);
  }
  announce(jobs);
  count(counts);
  if (firstPage) await add(jobs.map((words) => words.id).filter((id) => !card(id)));
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
  present.delete(id);
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
  if (!ids.length) return;
  if (!report.querySelector(".cards")) return location.reload(); // the very first picture
  const fetched = await Promise.all(ids.map(fetchCard));
  const isNew = ({ dataset: { job } }) => present.has(job) && !card(job); // not gone meanwhile
  const fresh = fetched.filter((each) => each && isNew(each));
  const of = (section) => fresh.filter((each) => each.dataset.section === section);
  report.querySelector("[data-cards=table]")?.append(...of("table"));
  report.querySelector("[data-cards=visitors]").prepend(...of("visitors"));
}

async function fetchCard(id) {
  const answer = await fetch(`/jobs/${id}/card`).catch(() => null);
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
