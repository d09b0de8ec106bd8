// The viewer of a picture: zoom, comparison, the way it took, full screen, keys, and what comes next.

import { base, say } from "./live.js";
import "./settings.js";
import { toast } from "./toast.js";
import { Compare } from "./viewer-compare.js";
import { Film } from "./viewer-film.js";
import { View } from "./viewer-view.js";
import { t } from "./words.js";

const MOVE = 80; // px of an arrow key
const SLACK = 1.05; // a preview may be enlarged by this before the result is fetched
const LIGHT = 16e6; // pixels of a result that is fetched before anybody zooms it
const LETTERS = "artstyle-letters"; // "off" where the visitor wants no keys without Ctrl or Alt

const frame = document.querySelector("[data-viewer-frame]");
let viewer;
let elsewhere; // the page of the picture that full screen has turned to

class Viewer {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.image = this.find("picture");
    const panes = [...root.querySelectorAll("[data-pane]")].map((pane) => {
      return { root: pane, sheet: pane.querySelector("[data-sheet]"), aspect: 1 };
    });
    this.pane = panes[0].root;
    const { width, height } = root.dataset;
    this.view = new View(panes, { width: Number(width), height: Number(height), changed: () => this.changed(), wheels: () => isFull() });
    this.compare = new Compare(root, panes, this.view);
    const pictures = new URL(".", this.image.src).pathname;
    this.film = new Film(root, panes[0].sheet, ({ name, version }) => `${pictures}${name}?v=${version}`);
    this.listen();
    this.changed();
  }

  listen() {
    this.root.classList.add("scripted");
    this.find("bar").hidden = false;
    this.pane.tabIndex = 0;
    this.pane.setAttribute("role", "group");
    this.pane.setAttribute("aria-label", t("The picture. Enter zooms, then arrow keys move it."));
    const on = (name, act) => this.find(name)?.addEventListener("click", act);
    on("zoom", () => this.view.toggle());
    on("keys", () => this.find("keys-dialog").showModal());
    const full = this.find("full-screen");
    full.hidden = !document.fullscreenEnabled;
    full.addEventListener("click", fullScreen);
    full.ariaPressed = isFull();
    for (const link of this.root.querySelectorAll("[data-turn]")) {
      link.addEventListener("click", (event) => {
        if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        turn(link);
      });
    }
    const letters = this.find("letters");
    letters.checked = localStorage.getItem(LETTERS) !== "off";
    letters.addEventListener("change", () => localStorage.setItem(LETTERS, letters.checked ? "on" : "off"));
  }

  /** Called after each change of zoom, place or size. */
  changed() {
    if (!this.film) return; // is being set up
    const { view } = this;
    this.find("scale").textContent = `${view.percent} %`;
    this.find("zoom").ariaPressed = view.zoomed;
    this.compare.place();
    const shown = this.pane.querySelector("[data-sheet]").clientWidth * devicePixelRatio;
    const blurred = shown > SLACK * this.image.naturalWidth && view.width ** 2 / view.pane.aspect <= LIGHT;
    if (view.zoomed || blurred) this.sharpen();
    if (view.zoomed) this.compare.sharpen();
  }

  /** Lay the result in full size over its preview, once there is one and it is decoded. */
  async sharpen() {
    const { result } = this.root.dataset;
    if (!result || this.sharp === result) return;
    this.sharp = result;
    const image = new Image();
    image.src = result;
    image.alt = this.image.alt;
    image.className = "full";
    try {
      await image.decode();
    } catch {
      this.sharp = undefined; // the next zoom tries again
      return;
    }
    this.image.after(image);
    this.image.alt = "";
    this.view.resize(image.naturalWidth, image.naturalHeight);
  }

  close() {
    this.film.stop();
    this.view.close();
  }
}

const isFull = () => document.fullscreenElement === frame;

function fullScreen() {
  if (isFull()) document.exitFullscreen();
  else frame.requestFullscreen().catch(() => {});
}

document.addEventListener("fullscreenchange", () => {
  if (!isFull() && elsewhere) return location.replace(elsewhere);
  viewer.find("full-screen").ariaPressed = isFull();
});

/** Go to a picture beside this one; full screen stays. */
async function turn(link) {
  if (!isFull() || !viewer.root.dataset.result) return location.replace(link.href);
  const answer = await fetch(link.href).catch(() => null);
  if (!answer?.ok) return toast(t("The server can't be reached."));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector("[data-viewer]");
  if (!found) return location.replace(link.href); // a clip
  const fresh = document.adoptNode(found);
  await fresh.querySelector("[data-picture]").decode().catch(() => {});
  viewer.close();
  frame.replaceChildren(fresh);
  elsewhere = link.href;
  viewer = new Viewer(fresh);
  viewer.pane.focus({ preventScroll: true });
  say(fresh.dataset.title);
}

function download() {
  const { result } = viewer.root.dataset;
  if (!result) return;
  const link = document.createElement("a");
  link.href = result;
  link.download = "";
  link.click();
}

/** Back to the whole picture, or to the picture alone, or to all pictures. */
function back() {
  const { view, compare, film } = viewer;
  if (compare.others && !compare.others.hidden) compare.open(false);
  else if (view.zoomed) view.to(1);
  else if (compare.on) compare.end();
  else if (film.slider.value !== film.slider.max) film.end();
  else if (isFull()) document.exitFullscreen();
  else location.assign(`${base}/#gallery`);
}

const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const TURNS = { ArrowLeft: "prev", ArrowRight: "next" };
const LETTER_KEYS = {
  z: () => viewer.view.toggle(),
  c: () => viewer.compare.toggle(),
  d: download,
  f: fullScreen,
  "+": () => viewer.view.step(1),
  "=": () => viewer.view.step(1),
  "-": () => viewer.view.step(-1),
  "?": () => viewer.find("keys-dialog").showModal(),
};

function press(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (target.closest("input:not([type=checkbox], [type=range]), select, textarea, dialog")) return;
  if (ARROWS[key] && target.matches("input")) return;
  const act = action(key, target);
  if (!act) return;
  event.preventDefault();
  act();
}

/** What a key does here. */
function action(key, target) {
  const { view, pane } = viewer;
  if (key === "Escape") return back;
  if (key === "Enter") return target === pane && (() => view.toggle());
  if (ARROWS[key] && view.zoomed) return () => view.move(...ARROWS[key].map((by) => by * MOVE));
  const link = TURNS[key] && viewer.root.querySelector(`[data-turn=${TURNS[key]}]`);
  if (link) return () => turn(link);
  return viewer.find("letters").checked && LETTER_KEYS[key.toLowerCase()];
}

/** Make another picture as a form says, and go to it. */
async function make(form) {
  const button = form.querySelector("button");
  if (button.ariaBusy) return;
  button.ariaBusy = "true";
  const headers = { Accept: "application/json" };
  const answer = await fetch(form.action, { method: "POST", headers, body: new FormData(form) }).catch(() => null);
  const told = await answer?.json().catch(() => ({}));
  if (answer?.ok) return location.assign(told.page);
  button.ariaBusy = null;
  const place = document.querySelector("[data-post-error]");
  place.textContent = told?.error ?? t("The server can't be reached.");
  place.hidden = false;
}

/** Follow a picture that is being painted. */
function follow(job) {
  viewer.image.addEventListener("swapped", () => viewer.changed());
  new MutationObserver(() => {
    if (viewer.root.dataset.result) return;
    viewer.film.refresh();
    if (job.dataset.state !== "done") return;
    viewer.root.dataset.result = `${base}/api/jobs/${job.dataset.job}/result`;
    viewer.changed();
  }).observe(job, { attributes: true, attributeFilter: ["data-state"] });
  job.addEventListener("refreshed", () => viewer.film.refresh());
}

function start() {
  viewer = new Viewer(frame.querySelector("[data-viewer]"));
  const job = frame.closest("[data-job]");
  if (!viewer.root.dataset.result) follow(job);
  document.addEventListener("keydown", press);
  job.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-make]")) return;
    event.preventDefault();
    make(event.target);
  });
  job.addEventListener("click", ({ target }) => {
    const refused = target.closest("[aria-disabled=true]");
    if (refused) toast(refused.title);
  });
  const ahead = () => { // the neighbours then appear at once
    for (const link of frame.querySelectorAll("[data-turn]")) new Image().src = link.dataset.preview;
  };
  (window.requestIdleCallback ?? setTimeout)(ahead);
}

start();
