// A job's page: it follows the job.

import { finished } from "./finished.js";
import { announce, base, listen, post, postForms, show } from "./live.js";
import { toast } from "./toast.js";
import { localTimes, t } from "./words.js";

const PLOT_PAUSE = 2000; // ms between two fetches of the loss plot

const job = document.querySelector("[data-job]");
const id = job.dataset.job;
const image = job.querySelector("[data-picture]");

localTimes();

const isLive = () => ["queued", "running"].includes(job.dataset.state);
let shown = [job.dataset.state, !image?.matches(".pending"), job.dataset.stages, job.dataset.milestone].join();
let plotted = 0; // when
let plotTimer;

const live = isLive() ? listen(take, () => (isLive() && "mine" in job.dataset ? [id] : [])) : null;

postForms((failure) => complain(failure));
job.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-remove-form]")) return;
  event.preventDefault();
  remove(event.target.action);
});

async function take({ jobs, all, gone }) {
  let view = jobs.find((each) => each.id === id);
  if (!view && all) view = await look();
  if (gone.includes(id) || view === null) removed();
  else if (view) follow(view);
}

/** Ask for the job; null if it was removed, undefined if the server can't be reached. */
async function look() {
  const answer = await fetch(`${base}/jobs/${id}/view`).catch(() => undefined);
  if (answer?.status === 404) return null;
  return answer?.ok ? answer.json() : undefined;
}

function follow(view) {
  const ended = isLive() && !view.live;
  announce([view]);
  show(job, view);
  if (view.tab) document.title = document.title.replace(/^.*(?= · )/, () => view.tab);
  const milestone = view.milestones?.at(-1) ?? 0;
  const now = [view.state, Boolean(view.picture), view.stages, milestone].join();
  if (view.stages !== undefined && now !== shown) refresh(now);
  if (view.state === "running") plot();
  if (!ended) return;
  live.stop();
  if (view.state === "done" && "mine" in job.dataset) finished(view, location.pathname);
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
  job.dispatchEvent(new Event("refreshed"));
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
  const answer = await fetch(`${base}/jobs/${id}/plot`).catch(() => null);
  if (!answer?.ok) return;
  const html = await answer.text();
  if (!html.trim()) return;
  job.querySelector("[data-plot]").innerHTML = html;
  job.querySelector("[data-loss]").hidden = false;
}

function complain(failure) {
  const place = job.querySelector("[data-post-error]");
  place.textContent = failure;
  place.hidden = !failure;
}

/** Remove the job; for some seconds it can be brought back. */
async function remove(action) {
  const told = await post(action);
  if (told.failure) return complain(told.failure);
  removed();
  const undo = async () => {
    const { failure } = await post(told.restore);
    if (failure) complain(failure);
    else location.reload();
  };
  await toast(t("The picture was removed."), { undo, seconds: told.seconds });
}

/** A job that was removed must not look as if it were there. */
function removed() {
  live?.stop();
  job.classList.add("gone");
  job.querySelector("[data-removed]").hidden = false;
  job.querySelector("[data-part=actions]").replaceChildren();
  job.querySelector("[data-while-live]")?.remove();
  document.getElementById("title").focus();
}
