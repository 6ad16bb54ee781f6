/** When previews of a generation came to this page: the backend keeps the latest one, and not when. */
import { type Generation, pathOf } from "firepod";

export interface Previews {
  first: Date;
  latest: Date;
  count: number;
}

const _seen = new Map<string, Previews & { shown: string }>();

/** Notes the preview that it has now. */
export function notePreview(generation: Generation): void {
  const { preview } = generation;
  if (preview === undefined) return;
  const name = nameOf(generation);
  const known = _seen.get(name);
  if (known?.shown === preview) return;
  const now = new Date();
  _seen.set(name, { shown: preview, first: known?.first ?? now, latest: now, count: (known?.count ?? 0) + 1 });
}

/** Those that were seen of its attempt. */
export function previewsOf(generation: Generation): Previews | undefined {
  return _seen.get(nameOf(generation));
}

function nameOf(generation: Generation): string {
  return `${pathOf(generation)}#${generation.attempt}`;
}
