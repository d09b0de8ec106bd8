// A job's page: it follows the job, and compares the photo with the picture.

import { announce, listen, postForms, show } from "./live.js";

const ARROWS = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5 }; // percent
const PLOT_PAUSE = 2000; // ms between two fetches of the loss plot

const job = document.querySelector("[data-job]");
const id = job.dataset.job;
const compare = job.querySelector("[data-compare]");
const result = job.querySelector("[data-result]");

compareWith(document.getElementById("slide"));

let shown = [job.dataset.state, !result.hidden, job.dataset.stages, job.dataset.milestone].join();
let plotted = 0; // when
let plotTimer;

const stop = listen(({ jobs, all, gone = [] }) => {
  const view = jobs.find((each) => each.id === id);
  if (view) follow(view);
  else if (all || gone.includes(id)) removed();
});

postForms((failure) => {
  const place = job.querySelector("[data-post-error]");
  place.textContent = failure;
  place.hidden = false;
});

function follow(view) {
  announce([view]);
  show(job, view);
  document.title = document.title.replace(/^.*(?= · )/, () => view.tab);
  const milestone = view.milestones.at(-1) ?? 0;
  const now = [view.state, Boolean(view.picture), view.stages, milestone].join();
  if (now !== shown) refresh(now);
  if (view.state === "running") plot();
}

/** The slider lays the photo over the picture, from none of it to all of it. */
function compareWith(slide) {
  const move = () => compare.style.setProperty("--at", slide.value / 100);
  const begin = () => {
    result.hidden = false;
    delete compare.dataset.pending;
    compare.classList.add("over");
    move();
  };
  slide.addEventListener("input", move);
  slide.addEventListener("keydown", (event) => { // fine steps are for the pointer
    const by = ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    slide.valueAsNumber += by;
    move();
  });
  compare.addEventListener("swapped", begin);
  if (!result.hidden) begin();
}

/** Fetch this page again and replace the parts that have changed. */
async function refresh(now) {
  shown = now;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (now !== shown) return; // a later one is on its way
  for (const part of job.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh) replace(part, document.adoptNode(fresh));
  }
  plot();
}

/** Replace a part; unchanged elements stay, with their pictures and the focus. */
function replace(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  for (const node of fresh.querySelectorAll("[data-key]")) {
    const old = part.querySelector(`[data-key="${node.dataset.key}"]`);
    if (old?.isEqualNode(node)) node.replaceWith(old);
  }
  part.replaceWith(fresh);
  if (focused) (document.getElementById(focused.id) ?? document.getElementById("title")).focus();
}

/** Fetch the loss plot, unless it was fetched a moment ago. */
async function plot() {
  const wait = plotted + PLOT_PAUSE - Date.now();
  if (wait > 0) {
    clearTimeout(plotTimer);
    plotTimer = setTimeout(plot, wait);
    return;
  }
  plotted = Date.now();
  const answer = await fetch(`${document.body.dataset.base}/jobs/${id}/plot`).catch(() => null);
  if (!answer?.ok) return;
  const html = await answer.text();
  if (!html.trim()) return;
  job.querySelector("[data-plot]").innerHTML = html;
  job.querySelector("[data-loss]").hidden = false;
}

function removed() {
  stop();
  job.querySelector("[data-removed]").hidden = false;
  job.querySelector("[data-part=actions]").replaceChildren();
}
