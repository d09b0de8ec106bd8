// What the report and a job's page share: the live connection, and copying words into place.

const PAUSE = 2000; // ms before a closed connection is tried again; each time longer, up to
const LONGEST_PAUSE = 10000;

/** Listen to the server's messages while the page is open; returns how to stop it. */
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
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      again = setTimeout(connect, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    };
  };
  const stop = () => {
    clearTimeout(again);
    source.close();
  };
  connect();
  addEventListener("pagehide", stop); // no mark flashes on leaving
  addEventListener("pageshow", (event) => event.persisted && connect());
  return stop;
}

/** Copy a job's words into the elements below `root` that ask for them. */
export function show(root, words) {
  root.dataset.state = words.state;
  for (const element of root.querySelectorAll("[data-words]")) {
    const text = words[element.dataset.words];
    if (element.textContent !== text) element.textContent = text;
    element.hidden = !text;
  }
  const bar = root.querySelector("[data-progress]");
  bar.value = words.percent;
  bar.hidden = words.state !== "running";
  const image = root.querySelector("[data-picture]");
  image.alt = words.alt;
  if (words.picture) swap(image, words.picture);
}

/** Change a picture once the new one is decoded, so that nothing flickers. */
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

const said = new Map();

/** Tell screen readers of changes of state and milestones; nothing at first sight. */
export function announce(jobs) {
  const news = jobs.filter(({ id, announce }) => said.has(id) && said.get(id) !== announce);
  for (const { id, announce } of jobs) said.set(id, announce);
  if (!news.length) return;
  const text = news.map((words) => words.announce).join(". ");
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

/** Post a form; returns what went wrong, or nothing. */
async function post(form) {
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    });
    if (answer.ok) return "";
    const { error } = await answer.json().catch(() => ({}));
    return error || `The server refused it (${answer.status}).`;
  } catch {
    return "The server can't be reached.";
  }
}
