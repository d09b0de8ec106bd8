// Where on the photo to paint, and with which painting: what was marked, and the files of it.

import { base } from "./live.js";
import { keepFile, keptFile } from "./kept.js";
import { fromFile, isEmpty, rest, toFile } from "./layers.js";
import { MASK, STYLE_MASKS } from "./roles.js";
import { toast } from "./toast.js";
import { t } from "./words.js";

export class Regions {
  /** `changed` is called after each change. */
  constructor(photo, changed) {
    this.photo = photo;
    this.changed = changed;
    this.layers = new Map(); // by role; what nobody marked is missing
    this.of = photo.picture; // the photo that they belong to
  }

  /** Take what was marked. */
  async take(layers) {
    this.layers = layers;
    this.of = this.photo.picture;
    const keep = async (role) => keepFile(role, layers.has(role) ? await toFile(layers.get(role), role) : null);
    await Promise.all([MASK, ...STYLE_MASKS].map(keep));
    this.changed();
  }

  /** Forget it, as after another photo was chosen. */
  follow() {
    if (this.of === this.photo.picture) return;
    if (this.layers.size) {
      this.take(new Map());
      toast(t("What was marked belonged to the other photo and was removed."));
    }
    this.of = this.photo.picture;
  }

  /** After a painting was removed, by its number; a single painting has no region. */
  removed(at, left) {
    const kept = STYLE_MASKS.toSpliced(at, 1);
    const moved = kept.map((role, place) => [STYLE_MASKS[place], this.layers.get(role)]);
    const regions = left > 1 ? moved.filter(([, layer]) => layer) : [];
    const mask = this.layers.has(MASK) ? [[MASK, this.layers.get(MASK)]] : [];
    this.take(new Map([...mask, ...regions]));
  }

  /** Bring back what was marked before the page was reloaded. */
  async restore() {
    const kept = [];
    for (const role of [MASK, ...STYLE_MASKS]) {
      const found = await keptFile(role);
      if (found) kept.push([role, found.file]);
    }
    await this.load(kept);
  }

  /** Take over what was marked for the job that is repeated. */
  async repeat(again, roles) {
    const files = roles.map(async (role) => {
      const answer = await fetch(`${base}/jobs/${again}/pictures/${role}`);
      return [role, await answer.blob()];
    });
    await this.load(await Promise.all(files));
  }

  async load(files) {
    if (!files.length) return;
    const pictures = files.map(async ([role, file]) => [role, await fromFile(file)]);
    await this.take(new Map(await Promise.all(pictures)));
  }

  /** The files to send with so many paintings, by their fields. */
  async files(paintings) {
    const { layers } = this;
    const sent = layers.has(MASK) ? [[MASK, layers.get(MASK)]] : [];
    if (paintings > 1) sent.push(...regionsOf(layers, paintings));
    return Promise.all(sent.map(async ([role, layer]) => [role, await toFile(layer, role)]));
  }
}

/** The region of each painting: those that have none of their own share what is left. */
export function regionsOf(layers, paintings) {
  const roles = STYLE_MASKS.slice(0, paintings);
  const marked = roles.filter((role) => layers.has(role) && !isEmpty(layers.get(role)));
  if (!marked.length) return [];
  const others = rest(marked.map((role) => layers.get(role)));
  return roles.map((role) => [role, marked.includes(role) ? layers.get(role) : others]);
}
