// What the gallery and a job's page share: the live connection, and copying texts into place.

const PAUSE = 2000; // ms before a closed connection is tried again; it doubles up to
const LONGEST_PAUSE = 10000;

/** Listen to the server while the page is open; returns a function that stops it. */
export function listen(onState) {
  const url = document.body.dataset.live;
  if (!url) return () => {};
  const mark = document.querySelector("[data-reconnecting]");
  let pause = PAUSE;
  let source;
  let again; // the timer

  const connect = () => {
    source = new EventSource(url);
    source.onopen = () => {
      pause = PAUSE;
      mark.hidden = true;
    };
    source.addEventListener("state", (event) => {
      mark.hidden = true;
      onState(JSON.parse(event.data));
    });
    source.onerror = () => {
      mark.hidden = false;
      if (source.readyState !== EventSource.CLOSED) return; // it reconnects by itself
      again = setTimeout(connect, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    };
  };
  const stop = () => {
    clearTimeout(again);
    source.close();
  };
  connect();
  addEventListener("pagehide", stop); // or the mark would flash when leaving
  addEventListener("pageshow", (event) => event.persisted && connect());
  return stop;
}

/** Copy a job's texts into the elements below `root` that name them. */
export function show(root, view) {
  root.dataset.state = view.state;
  for (const element of root.querySelectorAll("[data-text]")) {
    const text = view[element.dataset.text];
    if (element.textContent !== text) element.textContent = text;
    element.hidden = !text;
  }
  const bar = root.querySelector("[data-progress]");
  bar.value = view.percent;
  bar.hidden = view.state !== "running";
  const image = root.querySelector("[data-picture]");
  image.alt = view.alt;
  if (view.picture) swap(image, document.body.dataset.base + view.picture);
}

/** Replace a picture once the new one is decoded, so that nothing flickers. */
async function swap(image, url) {
  if ((image.wanted ?? image.getAttribute("src")) === url) return;
  image.wanted = url;
  const next = new Image();
  next.src = url;
  try {
    await next.decode();
  } catch {
    if (image.wanted === url) image.wanted = undefined; // the next message tries again
    return;
  }
  if (image.wanted !== url) return; // a newer one is on its way
  image.src = url;
  image.classList.remove("pending");
  image.dispatchEvent(new Event("swapped", { bubbles: true }));
}

const announced = new Map();

/** Tell screen readers about changes of state and milestones, but not at first sight. */
export function announce(jobs) {
  const news = jobs.filter(({ id, announce }) => announced.has(id) && announced.get(id) !== announce);
  for (const { id, announce } of jobs) announced.set(id, announce);
  if (!news.length) return;
  const text = news.map((view) => view.announce).join(". ");
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
    const failure = await post(form);
    if (failure) {
      button.ariaBusy = null;
      onError(failure, form);
    } else if (form.dataset.then) {
      location.assign(form.dataset.then);
    }
  });
}

/** Post a form; returns what went wrong, or "". */
async function post(form) {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    });
    if (answer.ok) return "";
    const { error } = await answer.json().catch(() => ({}));
    return error || `The server answered with an error (${answer.status}).`;
  } catch {
    return "The server can't be reached.";
  }
}
