// The texts of the scripts, in the language of the page.

const words = JSON.parse(document.body.dataset.words);

/** A text in the page's language, with `{name}` replaced by its values. */
export function t(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** Show times as the browser's user writes them, in their time zone. */
export function localTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const date = new Date(element.dateTime);
    const style = "day" in element.dataset ? {} : { timeStyle: "short" };
    element.textContent = date.toLocaleString(document.documentElement.lang, { dateStyle: "medium", ...style });
  }
}
