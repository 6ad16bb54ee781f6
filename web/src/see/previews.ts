/** When previews of a generation came to this page: the backend keeps the latest one, and not when. */
import { type Generation, pathOf } from "firepod";

import { Recent } from "./recent.js";

export interface Previews {
  first: Date;
  latest: Date;
  count: number;
  /** The latest one itself, some kilobytes, until the generation has ended. */
  shown: string | undefined;
}

const MOST = 100;
const _seen = new Recent<Previews>(MOST);

/** Notes the preview that it has now. */
export function notePreview(generation: Generation): void {
  const { preview } = generation;
  const name = nameOf(generation);
  const known = _seen.get(name);
  if (preview === undefined) {
    if (known !== undefined) known.shown = undefined;
    return;
  }
  if (known?.shown === preview) return;
  const now = new Date();
  _seen.set(name, { shown: preview, first: known?.first ?? now, latest: now, count: (known?.count ?? 0) + 1 });
}

/** Those that were seen of its attempt, if it is one of the last that had some. */
export function previewsOf(generation: Generation): Previews | undefined {
  return _seen.get(nameOf(generation));
}

function nameOf(generation: Generation): string {
  return `${pathOf(generation)}#${generation.attempt}`;
}
