// What the pages share: the live connection, and copying texts into place.

import { Hub } from "./hub.js";
import { t } from "./words.js";

const AGAIN = 20000; // ms between two signs of life of a visible page

export const base = document.body.dataset.base;
const language = document.documentElement.lang;
const id = [...crypto.getRandomValues(new Uint32Array(3))].join("-");

/**
 * Hear of changes while the page is open. `awaits()` are the unfinished jobs that it waits for.
 * Returns functions: `say` after they have changed, and `stop`.
 */
export function listen(onState, awaits = () => []) {
  const mark = document.querySelector("[data-reconnecting]");
  let known = false; // after the first state, another whole one may follow a gap
  let follows = true;
  const hub = connect((news) => {
    if ("trouble" in news) {
      mark.hidden = !news.trouble;
      return;
    }
    mark.hidden = true;
    onState({ ...news, gap: news.all && known && !news.asked });
    known = true;
  });
  const say = (more) => hub({ id, visible: !document.hidden, follows, awaits: awaits(), ...more });
  say();
  document.addEventListener("visibilitychange", () => say());
  addEventListener("pagehide", () => say({ gone: true }));
  addEventListener("pageshow", (event) => event.persisted && say());
  setInterval(() => document.hidden || say(), AGAIN);
  const stop = () => {
    follows = false;
    say();
  };
  return { say, stop };
}

/** Reach the hub: in a shared worker, or in one of the pages, or in this one. */
function connect(hear) {
  if (window.SharedWorker) {
    const address = `${document.body.dataset.worker}?${new URLSearchParams({ base, language })}`;
    const { port } = new SharedWorker(address, { type: "module" });
    port.onmessage = ({ data }) => hear(data);
    return (said) => port.postMessage(said);
  }
  if (navigator.locks && window.BroadcastChannel) return elect(hear);
  const hub = new Hub(base, language);
  return (said) => hub.hear(id, hear, said);
}

/** One of the pages, which has the lock, is the hub of all. */
function elect(hear) {
  const name = `artstyle${base}-${language}`;
  const channel = new BroadcastChannel(name);
  let hub;
  let last;
  channel.onmessage = ({ data }) => {
    if (data.to === id) hear(data.news);
    else if (data.led && last) channel.postMessage({ said: last });
    else if (data.said && hub) {
      const to = data.said.id;
      hub.hear(to, (news) => channel.postMessage({ to, news }), data.said);
    }
  };
  navigator.locks.request(name, () => {
    hub = new Hub(base, language);
    channel.postMessage({ led: true }); // the others introduce themselves
    if (last) hub.hear(id, hear, last);
    return new Promise(() => {}); // until the page is closed
  });
  return (said) => {
    last = said;
    if (hub) hub.hear(id, hear, said);
    else channel.postMessage({ said });
  };
}

/** Copy what is told of a job into the elements below `root` that name it. */
export function show(root, view) {
  root.dataset.state = view.state;
  for (const element of root.querySelectorAll("[data-text]")) {
    const text = view[element.dataset.text];
    if (text === undefined) continue;
    if (element.textContent !== text) element.textContent = text;
    element.hidden = !text;
  }
  const bar = root.querySelector("[data-progress]");
  bar.value = view.percent ?? 0;
  bar.hidden = view.state !== "running";
  const image = root.querySelector("[data-picture]");
  if (view.alt && image.alt) image.alt = view.alt;
  if (view.picture) swap(image, view);
}

/** Replace a picture once the new one is decoded, so that nothing flickers. */
export async function swap(image, { picture, version }) {
  const plain = "plain" in image.dataset;
  const at = (px) => `${base}${picture}${px ? `-${px}.webp` : ""}?v=${version}`;
  if ((image.wanted ?? image.getAttribute("src")) === at(plain ? 0 : 384)) return;
  image.wanted = at(plain ? 0 : 384);
  const next = new Image();
  next.sizes = image.sizes;
  if (!plain) next.srcset = [192, 384, 768].map((px) => `${at(px)} ${px}w`).join(", ");
  next.src = image.wanted;
  try {
    await next.decode();
  } catch {
    if (image.wanted === next.getAttribute("src")) image.wanted = undefined; // the next one tries
    return;
  }
  if (image.wanted !== next.getAttribute("src")) return; // a newer one is on its way
  if (!plain) image.srcset = next.srcset;
  image.src = next.src;
  image.classList.remove("pending");
  image.dispatchEvent(new Event("swapped", { bubbles: true }));
}

const announced = new Map();

/** Tell screen readers about changes of state and milestones, but not at first sight. */
export function announce(jobs) {
  const news = jobs.filter(({ id, announce }) => announced.has(id) && announced.get(id) !== announce);
  for (const { id, announce } of jobs) announced.set(id, announce);
  if (news.length) say(news.map((view) => view.announce).join(". "));
}

/** Tell screen readers something. */
export function say(text) {
  document.querySelector("[data-announcer]").textContent = text;
}

/** Send the forms marked `data-post` without leaving the page. */
export function postForms(onError) {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-post]")) return;
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.ariaBusy) return; // a disabled button would lose the focus
    button.ariaBusy = "true";
    const { failure } = await post(form.action);
    if (failure) {
      button.ariaBusy = null;
      onError(failure, form);
    }
  });
}

/** Post something to the server, an object as JSON; returns its answer, or why there is none. */
export async function post(url, data) {
  const headers = { Accept: "application/json" };
  if (data) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(url, { method: "POST", headers, body: data && JSON.stringify(data) });
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return told;
    return { failure: told.error || t("The server answered with an error ({status}).", { status: answer.status }) };
  } catch {
    return { failure: t("The server can't be reached.") };
  }
}
