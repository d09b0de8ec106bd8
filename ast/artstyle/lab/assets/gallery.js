// The gallery: cards follow their jobs, and can be starred, renamed, selected, removed and used.

import { base, post, say, show } from "./live.js";
import { toast } from "./toast.js";
import { localTimes, t } from "./words.js";
import { DRAGGED } from "./zones.js";

const UNDO = 10; // seconds in which a removal can be taken back
const TYPING = 300; // ms after the last letter of a search

const section = document.querySelector("[data-gallery]");
const list = section.querySelector("[data-cards]");
const selected = section.querySelector("[data-selected]");
const removed = new Set(); // jobs that may be brought back for some seconds

const card = (id) => document.querySelector(`[data-job="${CSS.escape(id)}"]`);
export const cards = () => [...document.querySelectorAll("li[data-job]")];

/** Set up all cards and controls. */
export function gallery() {
  enhance(document);
  document.addEventListener("click", click);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const each of document.querySelectorAll(".menu[open]")) close(each);
  });
  document.addEventListener("dragstart", ({ target, dataTransfer }) => {
    const from = target.closest?.("[data-result]");
    if (from?.matches("li")) dataTransfer.setData(DRAGGED, JSON.stringify(use(from)));
  });
  list.addEventListener("change", ({ target }) => target.matches("[data-pick]") && count());
  search();
  endless();
}

/** Show what needs a script, and the visitor's own time. */
function enhance(root) {
  localTimes(root);
  for (const each of root.querySelectorAll(".star, .menu, [data-selecting]")) each.hidden = false;
}

// ---- changes from the server ---------------------------------------------------------------

/** Take what is told of jobs. */
export async function follow({ jobs, gone, all, gap }) {
  const told = new Map(jobs.map((view) => [view.id, view]));
  for (const view of jobs) update(view);
  for (const id of gone) if (!removed.has(id)) drop(id);
  if (all) {
    const lost = cards().filter((each) => isLive(each) && !told.has(each.dataset.job));
    await Promise.all(lost.map((each) => refresh(each.dataset.job)));
  }
  if (gap) return reload(location.href);
  const fresh = jobs.filter((view) => view.live && !card(view.id));
  if (fresh.length) await add(fresh.map((view) => view.id));
}

const isLive = ({ dataset: { state } }) => state === "queued" || state === "running";

function update(view) {
  const found = card(view.id);
  if (!found) return;
  const ended = isLive(found) && !view.live;
  show(found, view);
  if (view.title) found.dataset.title = view.title;
  if (ended) refresh(view.id); // its menu and its links are others now
}

/** Fetch a card again. */
async function refresh(id) {
  const [found, fresh] = [card(id), await fetchCard(id)];
  if (!found) return;
  if (!fresh) return drop(id);
  const focused = found.contains(document.activeElement);
  found.replaceWith(fresh);
  if (focused) fresh.querySelector("h3 a").focus();
}

function drop(id) {
  const found = card(id);
  if (!found) return;
  if (found.contains(document.activeElement)) focusBeside(found);
  found.remove();
  empty();
}

function focusBeside(found) {
  const shown = (each) => each && !each.hidden;
  const next = [found.nextElementSibling, found.previousElementSibling].find(shown);
  (next?.querySelector("h3 a") ?? document.getElementById("gallery")).focus();
}

function empty() {
  section.querySelector("[data-none]").hidden = [...list.children].some((each) => !each.hidden);
}

/** Add cards of new jobs where the server puts them: in their order on the first page. */
async function add(ids) {
  if (document.body.dataset.page !== "1") return;
  const fetched = await Promise.all(ids.map(fetchCard));
  const fresh = fetched.filter((each) => each && !card(each.dataset.job) && wanted(each));
  const [examples, own] = [true, false].map((kind) => fresh.filter((each) => "showcase" in each.dataset === kind));
  document.querySelector("[data-examples]")?.append(...examples);
  for (const each of own) insert(each);
  if (own.length) section.hidden = false;
  empty();
}

/** Put a card before the first older one; one that is older than all belongs to a later page. */
function insert(fresh) {
  const older = [...list.children].find(({ dataset }) => Number(dataset.number) < Number(fresh.dataset.number));
  if (older) older.before(fresh);
  else if (!section.querySelector("[data-pages] [rel=next]")) list.append(fresh);
}

/** Whether the present filter shows a new card. */
function wanted({ dataset }) {
  const form = section.querySelector("[data-search]");
  const { show, q, by, state } = Object.fromEntries(new FormData(form));
  if (q || by || show === "starred" || (state && state !== "unfinished")) return false;
  return show !== "mine" || "mine" in dataset;
}

async function fetchCard(id) {
  const answer = await fetch(`${base}/jobs/${id}/card`).catch(() => null);
  if (!answer?.ok) return null;
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  enhance(template.content);
  return template.content.querySelector("[data-job]");
}

// ---- what is done with a card ---------------------------------------------------------------

const use = ({ dataset }) => ({ url: dataset.result, label: dataset.title });
const close = (menu) => {
  menu.open = false;
  menu.querySelector("summary").focus();
};

function click({ target }) {
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const button = target.closest("button");
  if (!button) return;
  const found = button.closest("li[data-title]");
  if (button.matches("[data-star]")) return star(found, button);
  if (button.matches("[data-selecting]")) return selecting(button.ariaPressed !== "true");
  if (button.matches("[data-select-none]")) return selecting(false);
  if (button.matches("[data-remove-selected]")) return remove(picked());
  const menu = button.closest(".menu");
  if (!menu) return;
  close(menu);
  if (button.dataset.use) document.dispatchEvent(new CustomEvent("use", { detail: { ...use(found), role: button.dataset.use } }));
  else if (button.matches("[data-rename]")) rename(found);
  else if (button.matches("[data-remove]")) remove([found.dataset.job]);
}

async function star(found, button) {
  const on = button.ariaPressed !== "true";
  button.ariaPressed = on;
  const { failure } = await post(`${base}/api/jobs/${found.dataset.job}/star`, { on });
  if (!failure) return;
  button.ariaPressed = !on;
  toast(failure);
}

/** Edit the title in its place: Enter keeps it, Escape doesn't. */
function rename(found) {
  const heading = found.querySelector("h3");
  const link = heading.querySelector("a");
  const input = document.createElement("input");
  input.type = "text";
  input.maxLength = 120;
  input.value = found.dataset.title;
  input.setAttribute("aria-label", t("Title"));
  let over = false;
  const end = async (keep) => {
    if (over) return;
    over = true;
    heading.replaceChildren(link);
    link.focus();
    if (!keep || input.value.trim() === found.dataset.title) return;
    const told = await post(`${base}/api/jobs/${found.dataset.job}/title`, { title: input.value.trim() });
    if (told.failure) return toast(told.failure);
    link.textContent = found.dataset.title = told.title;
  };
  input.addEventListener("keydown", ({ key }) => {
    if (key === "Enter" || key === "Escape") end(key === "Enter");
  });
  input.addEventListener("blur", () => end(true));
  heading.replaceChildren(input);
  input.select();
}

/** Remove jobs; for some seconds they can be brought back. */
async function remove(ids) {
  if (!ids.length) return;
  for (const id of ids) removed.add(id); // before the server tells everybody that they are gone
  const told = await post(`${base}/api/jobs/remove`, { ids });
  if (told.failure) {
    for (const id of ids) removed.delete(id);
    return toast(told.failure);
  }
  const found = told.removed.map(card).filter(Boolean);
  for (const each of found) each.hidden = true;
  if (found.length) focusBeside(found.at(-1));
  selecting(false);
  empty();
  const text = found.length === 1 ? t("“{title}” was removed.", found[0].dataset) : t("{count} pictures were removed.", { count: found.length });
  const undo = () => restore(told.removed);
  const taken = await toast(text, { undo, seconds: told.seconds ?? UNDO });
  if (taken) return;
  for (const each of found) {
    removed.delete(each.dataset.job);
    each.remove();
  }
  document.dispatchEvent(new CustomEvent("removed", { detail: told.removed }));
}

async function restore(ids) {
  const told = await post(`${base}/api/jobs/restore`, { ids });
  if (told.failure) toast(told.failure);
  for (const id of told.restored ?? []) {
    removed.delete(id);
    const found = card(id);
    if (found) found.hidden = false;
  }
  empty();
}

// ---- selecting several ----------------------------------------------------------------------

const picked = () => [...list.querySelectorAll("[data-pick]:checked")].map((each) => each.value);

function selecting(on) {
  section.classList.toggle("selecting", on);
  const button = section.querySelector("[data-selecting]");
  if (button) button.ariaPressed = on;
  for (const each of list.querySelectorAll(".pick")) {
    each.hidden = !on;
    if (!on) each.querySelector("input").checked = false;
  }
  selected.hidden = !on;
  if (on) count();
}

function count() {
  const ids = picked();
  const text = ids.length ? t("{count} selected", { count: ids.length }) : t("Select pictures to download or remove.");
  selected.querySelector("[data-selected-count]").textContent = text;
  const zip = selected.querySelector("[data-zip]");
  zip.hidden = selected.querySelector("[data-remove-selected]").hidden = !ids.length;
  zip.href = `${base}/api/jobs/zip?ids=${ids.join(",")}`;
}

// ---- filters and further pages --------------------------------------------------------------

function search() {
  const form = section.querySelector("[data-search]");
  form.querySelector("[data-search-button]").hidden = true;
  let timer;
  const go = () => {
    clearTimeout(timer);
    const said = [...new FormData(form)].filter(([, value]) => value);
    reload(`${base}/${said.length ? `?${new URLSearchParams(said)}` : ""}`);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });
  form.addEventListener("change", ({ target }) => target.matches("select") && go());
  form.addEventListener("input", ({ target }) => {
    clearTimeout(timer);
    if (target.matches("[type=search]")) timer = setTimeout(go, TYPING);
  });
}

let asked; // the address that was asked for last

/** Show the pictures of another address. */
async function reload(address) {
  asked = address;
  const page = await fetchPage(address);
  if (!page || asked !== address) return;
  const fresh = page.querySelector("[data-gallery]");
  section.hidden = fresh.hidden;
  const focused = list.contains(document.activeElement) && document.activeElement.closest("[data-job]")?.dataset.job;
  list.replaceChildren(...fresh.querySelector("[data-cards]").children);
  enhance(list);
  if (focused) (card(focused)?.querySelector("h3 a") ?? document.getElementById("gallery")).focus();
  replace("[data-none]", fresh);
  replace("[data-pages]", fresh);
  history.replaceState(null, "", address);
  document.body.dataset.page = page.body.dataset.page;
  selecting(false);
  endless();
  say(list.children.length ? t("{count} pictures are shown.", { count: list.children.length }) : section.querySelector("[data-none]").textContent);
}

function replace(name, fresh) {
  section.querySelector(name)?.remove();
  const found = fresh.querySelector(name);
  if (found) section.append(found);
}

async function fetchPage(address) {
  const answer = await fetch(address).catch(() => null);
  return answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

/** Fetch the next page once its link comes near. */
function endless() {
  const pages = section.querySelector("[data-pages]");
  const next = pages?.querySelector("[rel=next]");
  if (!next) return;
  const watcher = new IntersectionObserver(async ([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    watcher.disconnect();
    const page = await fetchPage(next.href);
    if (!page || !pages.isConnected) return;
    const fresh = [...page.querySelectorAll("[data-gallery] [data-cards] > li")].filter((each) => !card(each.dataset.job));
    list.append(...fresh);
    for (const each of fresh) enhance(each);
    replace("[data-pages]", page.querySelector("[data-gallery]"));
    endless();
  }, { rootMargin: "800px" });
  watcher.observe(pages);
}
