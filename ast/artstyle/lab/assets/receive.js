// Pictures that are dropped or pasted anywhere on the page, and pictures of the page itself.

import { t } from "./words.js";
import { DRAGGED } from "./zones.js";

/** Files and pictures of this page that are dropped or pasted anywhere on it. */
export function receive(photo, paintings) {
  const zones = () => [photo, ...paintings.open];
  const at = (place) => zones().find((each) => each.root.contains(place));
  const next = () => zones().find((each) => each.free) ?? photo;

  const take = (files, zone) => {
    if (files.length === 1) return (zone ?? next()).choose(files[0]);
    photo.choose(files[0]);
    paintings.chooseAll([...files].slice(1));
  };
  addEventListener("dragover", (event) => event.preventDefault()); // the page is never replaced
  addEventListener("drop", (event) => {
    event.preventDefault();
    const { files } = event.dataTransfer;
    const dragged = event.dataTransfer.getData(DRAGGED);
    if (dragged) use(JSON.parse(dragged), at(event.target));
    else if (files.length) take(files, at(event.target));
  });
  addEventListener("paste", (event) => {
    const { files } = event.clipboardData;
    if (!files.length) return;
    event.preventDefault();
    const here = at(document.activeElement);
    take(files, here?.free ? here : undefined);
  });

  /** Use a picture of this page: a sample, or a finished picture by its address. */
  async function use({ role, sample, url, label }, zone) {
    if (sample !== undefined) return placeOf(role, zone).chooseSample(sample);
    const to = zone ?? zones().find((each) => each.role === role) ?? next();
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return to.tell(to.role, t("This picture can't be read. Reload the page and try again."));
    const blob = await answer.blob();
    to.choose(new File([blob], `${label}.${blob.type.split("/")[1]}`, { type: blob.type }), label);
  }

  /** Where a sample that comes from a role goes: paintings to paintings, the photo to its place. */
  const placeOf = (role, zone) => {
    const painting = (each) => each !== undefined && each !== photo;
    if (role === photo.role) return photo;
    return painting(zone) ? zone : zones().find((each) => each.role === role);
  };
  document.addEventListener("use", ({ detail }) => {
    use(detail);
    zones().find((each) => each.role === detail.role).root.scrollIntoView({ block: "nearest" });
  });
}
