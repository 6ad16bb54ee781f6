/** Where each tile of the gallery stands: rows of one height that fill the width, in groups by day. */
import type { Generation } from "firepod";

import { day } from "../ui/text.js";

export interface Placed {
  generation: Generation;
  left: number;
  width: number;
}

export interface Row {
  kind: "row";
  top: number;
  height: number;
  tiles: Placed[];
}

export interface Heading {
  kind: "heading";
  top: number;
  height: number;
  text: string;
}

export interface Layout {
  lines: (Row | Heading)[];
  height: number;
}

const GAP = 8;
const HEADING_HEIGHT = 48;
const SOUND_RATIO = 1.6;
const LIMITS = [0.5, 2.4] as const; // so that no tile is a sliver

/** Width by height of what a generation shows, as made or as asked for. */
export function ratioOf({ media_type, generation_data, request_data }: Generation): number {
  if (media_type === "voices" || media_type === "tts") return SOUND_RATIO;
  const [made] = generation_data?.outputs ?? [];
  const width = made?.width ?? Number(request_data.video_width ?? request_data.width);
  const height = made?.height ?? Number(request_data.video_height ?? request_data.height);
  const ratio = width / height;
  return Number.isFinite(ratio) && ratio > 0 ? Math.min(LIMITS[1], Math.max(LIMITS[0], ratio)) : 1;
}

/** All lines for a width of `width` pixels; `generations` are newest first. */
export function layOut(generations: readonly Generation[], width: number, now = new Date()): Layout {
  const target = width < 600 ? 150 : 230;
  const lines: Layout["lines"] = [];
  let top = 0;
  let group = "";
  let waiting: Generation[] = [];
  const close = (last: boolean) => {
    if (waiting.length === 0) return;
    const row = rowOf(waiting, width, target, top, last);
    lines.push(row);
    top += row.height + GAP;
    waiting = [];
  };
  for (const generation of generations) {
    const text = day(generation.created_at.toDate(), now);
    if (text !== group) {
      close(true);
      group = text;
      lines.push({ kind: "heading", top, height: HEADING_HEIGHT, text });
      top += HEADING_HEIGHT;
    }
    waiting.push(generation);
    const ratios = waiting.reduce((sum, one) => sum + ratioOf(one), 0);
    if (ratios * target + GAP * (waiting.length - 1) >= width) close(false);
  }
  close(true);
  return { lines, height: top };
}

function rowOf(
  generations: Generation[],
  width: number,
  target: number,
  top: number,
  last: boolean,
): Row {
  const ratios = generations.map(ratioOf);
  const free = width - GAP * (generations.length - 1);
  const filled = free / ratios.reduce((sum, one) => sum + one, 0);
  const height = Math.round(last ? Math.min(target, filled) : filled);
  let left = 0;
  const tiles = generations.map((generation, index) => {
    const tile = { generation, left, width: Math.floor(ratios[index]! * height) };
    left += tile.width + GAP;
    return tile;
  });
  return { kind: "row", top, height, tiles };
}

/** The lines that are to be seen between two heights, and some around them. */
export function visible({ lines }: Layout, from: number, to: number): Layout["lines"] {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle]!.top + lines[middle]!.height < from) low = middle + 1;
    else high = middle;
  }
  const found: Layout["lines"] = [];
  for (let at = low; at < lines.length && lines[at]!.top <= to; at += 1) found.push(lines[at]!);
  return found;
}
