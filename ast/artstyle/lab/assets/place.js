// The place of the result: an example, then the upload, then the pictures as they are painted.

import { base, post, swap } from "./live.js";
import { t } from "./words.js";

const KEPT = "artstyle-result";

export class Place {
  constructor(root) {
    const find = (name) => root.querySelector(`[data-${name}]`);
    this.root = root;
    this.frame = find("results");
    this.hint = find("place-hint");
    this.name = find("place-name");
    this.working = find("working");
    this.text = find("working-text");
    this.bar = find("working-bar");
    this.ready = find("ready");
    this.seed = find("ready-seed");
    this.views = new Map(); // of the jobs that are shown, by id, in their order
    this.stop = () => this.cancel();
    find("working-cancel").addEventListener("click", () => this.stop());
  }

  get ids() {
    return [...this.views.keys()];
  }

  get unfinished() {
    return [...this.views.values()].filter((view) => view.live).map((view) => view.id);
  }

  /** Show a finished picture of the two that are chosen, if there is one. */
  sample(picture) {
    if (this.ids.length) return;
    this.clear();
    this.hint.hidden = Boolean(picture);
    if (!picture) return;
    const image = picture.cloneNode();
    image.alt = t("The photo, repainted in the manner of the painting");
    image.loading = "eager";
    this.add(image);
    this.name.textContent = t("An example, made here before");
  }

  clear() {
    for (const each of this.frame.querySelectorAll("figure")) each.remove();
    this.frame.classList.remove("four");
    this.name.textContent = "";
    this.hint.hidden = false;
    this.working.hidden = this.bar.hidden = this.ready.hidden = true;
  }

  add(...content) {
    const figure = document.createElement("figure");
    figure.append(...content);
    this.frame.append(figure);
    return figure;
  }

  /** Show how far an upload is. */
  uploading(percent, stop) {
    this.working.hidden = this.bar.hidden = false;
    this.ready.hidden = true;
    this.bar.value = percent;
    this.text.textContent = percent < 100 ? t("Sending: {percent} %", { percent }) : t("Checking the pictures");
    this.stop = stop;
  }

  uploaded() {
    this.working.hidden = this.bar.hidden = true;
    this.stop = () => this.cancel();
  }

  /** Show these jobs from now on. */
  async follow(ids) {
    this.views = new Map(ids.map((id) => [id, { id, live: true }]));
    sessionStorage.setItem(KEPT, JSON.stringify(ids));
    this.clear();
    this.frame.classList.toggle("four", ids.length > 1);
    this.hint.hidden = true;
    await Promise.all(ids.map((id) => this.look(id)));
  }

  /** Show the jobs from before the page was reloaded. */
  async restore() {
    const ids = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    if (ids.length) await this.follow(ids);
    return ids.length > 0;
  }

  /** Ask the server how a job is. */
  async look(id) {
    const answer = await fetch(`${base}/jobs/${id}/view`).catch(() => null);
    if (answer?.ok) this.take([await answer.json()]);
    else if (answer?.status === 404) this.gone([id]);
  }

  /** Take what is told of jobs. */
  take(views) {
    for (const view of views) {
      const before = this.views.get(view.id);
      if (!before) continue;
      const now = { ...before, ...view };
      this.views.set(view.id, now);
      this.show(now);
    }
    this.sum();
  }

  gone(ids) {
    const shown = ids.filter((id) => this.views.delete(id));
    if (!shown.length) return;
    for (const id of shown) this.frame.querySelector(`[data-shows="${id}"]`)?.remove();
    sessionStorage.setItem(KEPT, JSON.stringify(this.ids));
    if (!this.ids.length && !this.frame.querySelector("figure")) this.clear();
  }

  show(view) {
    const found = this.frame.querySelector(`[data-shows="${view.id}"]`) ?? this.frameOf(view);
    const image = found.querySelector("img");
    found.querySelector("a").setAttribute("aria-label", `${view.title}: ${view.status}`);
    if (view.picture) swap(image, view);
  }

  frameOf({ id }) {
    const link = document.createElement("a");
    link.href = `${base}/jobs/${id}`;
    const image = document.createElement("img");
    image.sizes = this.ids.length > 1 ? "15rem" : "(max-width: 40rem) 100vw, 32rem";
    image.src = `${base}/jobs/${id}/pictures/content-384.webp`;
    image.alt = "";
    image.className = "pending";
    link.append(image);
    const figure = this.add(link);
    figure.dataset.shows = id;
    return figure;
  }

  /** The state of all jobs that are shown, in one line. */
  sum() {
    const views = [...this.views.values()].filter((view) => view.state);
    if (!views.length) return;
    const live = views.filter((view) => view.live);
    const focused = !live.length && this.working.contains(document.activeElement);
    this.working.hidden = this.bar.hidden = !live.length;
    if (focused) this.root.querySelector("h2").focus();
    this.ready.hidden = live.length > 0 || !views.some((view) => view.state === "done");
    this.bar.value = views.reduce((sum, view) => sum + (view.live ? (view.percent ?? 0) : 100), 0) / views.length;
    if (live.length) {
      const running = live.find((view) => view.state === "running") ?? live[0];
      const count = { done: views.length - live.length, count: views.length };
      const text = running.left || running.status;
      this.text.textContent = views.length > 1 ? t("{done} of {count} done", count) + ` · ${text}` : text;
      this.name.textContent = views[0].title ?? "";
      return;
    }
    this.name.textContent = [views[0].title, ...(views.length > 1 ? [] : [views[0].status])].join(" · ");
    const [first] = views.filter((view) => view.state === "done");
    if (!first) return;
    this.root.querySelector("[data-ready-open]").href = `${base}/jobs/${first.id}`;
    const download = this.root.querySelector("[data-ready-download]");
    const ids = views.filter((view) => view.state === "done").map((view) => view.id);
    download.href = ids.length > 1 ? `${base}/api/jobs/zip?ids=${ids.join(",")}` : `${base}/api/jobs/${first.id}/result`;
    this.seed.hidden = ids.length > 1;
    this.seed.dataset.seed = first.seed;
  }

  async cancel() {
    await Promise.all(this.unfinished.map((id) => post(`${base}/jobs/${id}/cancel`)));
  }
}
