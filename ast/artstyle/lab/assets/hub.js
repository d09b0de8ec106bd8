// Holds the browser's only live connection, for all of its pages.
//
// A page says {visible, follows, awaits}: whether it can be seen, whether it wants to hear of
// changes, and which unfinished jobs it is waiting for. While no page that follows is visible there
// is no connection; the jobs that are awaited are then asked for from time to time.

const PAUSE = 2000; // ms before a closed connection is tried again; it doubles up to
const LONGEST_PAUSE = 10000;
const ASK = 10000; // ms between two questions while all pages are hidden
const SILENT = 60000; // ms after which a visible page that says nothing has gone

export class Hub {
  constructor(base, language) {
    this.base = base;
    this.query = `?language=${language}`;
    this.pages = new Map(); // by id: {send, visible, follows, awaits, heard}
    this.views = new Map(); // of unfinished jobs
    this.known = false; // whether `views` is what the server has
    this.pause = PAUSE;
  }

  /** Hear what a page says of itself; `gone` is its last word. */
  hear(id, send, said) {
    const isNew = !this.pages.has(id);
    if (said.gone) this.pages.delete(id);
    else this.pages.set(id, { ...said, send, heard: Date.now() });
    this.decide();
    if (isNew && said.follows && this.known) send({ jobs: [...this.views.values()], gone: [], all: true });
  }

  /** Connect, disconnect, or ask from time to time, as the pages need it. */
  decide() {
    const now = Date.now();
    for (const [id, page] of this.pages) {
      if (page.visible && now - page.heard > SILENT) this.pages.delete(id);
    }
    const pages = [...this.pages.values()];
    const wanted = pages.some((page) => page.visible && page.follows);
    if (wanted && !this.source && !this.again) this.connect();
    if (!wanted) this.disconnect();
    const waiting = !wanted && pages.some((page) => page.awaits?.length);
    if (waiting) this.asking ??= setInterval(() => this.ask(), ASK);
    else this.asking = clearInterval(this.asking);
    this.checking ??= setInterval(() => this.decide(), SILENT / 2);
    if (!this.pages.size) this.checking = clearInterval(this.checking);
  }

  connect() {
    this.again = undefined;
    this.source = new EventSource(`${this.base}/events${this.query}`);
    this.source.addEventListener("state", (event) => {
      this.pause = PAUSE;
      this.take(JSON.parse(event.data));
    });
    this.source.onopen = () => this.tell({ trouble: false });
    this.source.onerror = () => {
      this.known = false;
      this.tell({ trouble: true });
      if (this.source.readyState !== EventSource.CLOSED) return; // it reconnects by itself
      this.source = undefined;
      this.again = setTimeout(() => this.connect(), this.pause);
      this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
    };
  }

  disconnect() {
    this.source?.close();
    clearTimeout(this.again);
    this.source = this.again = undefined;
    this.known = false;
  }

  async ask() {
    const answer = await fetch(`${this.base}/events/latest${this.query}`).catch(() => null);
    if (answer?.ok && !this.source) this.tell({ ...(await answer.json()), asked: true });
  }

  take(news) {
    if (news.all) this.views.clear();
    for (const view of news.jobs) {
      if (view.live) this.views.set(view.id, { ...this.views.get(view.id), ...view });
      else this.views.delete(view.id);
    }
    for (const id of news.gone) this.views.delete(id);
    this.known = true;
    this.tell(news);
  }

  tell(news) {
    for (const page of this.pages.values()) if (page.follows) page.send(news);
  }
}
