/** Where each tile of the gallery stands: rows of one height that fill the width, in groups by day. */
import { type Generation, pathOf } from "firepod";

import { day, midnight } from "../ui/text.js";

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
  let dayBegan = Infinity; // of the group that is being laid out
  let ratios = 0;
  let waiting: Generation[] = [];
  const close = (last: boolean) => {
    if (waiting.length === 0) return;
    const made = row(waiting, width, target, top, last);
    lines.push(made);
    top += made.height + GAP;
    waiting = [];
    ratios = 0;
  };
  for (const generation of generations) {
    const moment = generation.created_at.toMillis();
    if (moment < dayBegan) {
      close(true);
      const date = new Date(moment);
      dayBegan = midnight(date);
      lines.push({ kind: "heading", top, height: HEADING_HEIGHT, text: day(date, now) });
      top += HEADING_HEIGHT;
    }
    waiting.push(generation);
    ratios += ratioOf(generation);
    if (ratios * target + GAP * (waiting.length - 1) >= width) close(false);
  }
  close(true);
  return { lines, height: top };
}

function row(
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

/** The row in which one stands, by its path. */
export function rowOf({ lines }: Layout, path: string): Row | undefined {
  for (const line of lines) {
    if (line.kind === "row" && line.tiles.some(({ generation }) => path.endsWith(generation.file_uid))) return line;
  }
  return undefined;
}

/** Where an arrow key leads from one tile. `flipped`: where one reads from right to left. */
export function neighbour(layout: Layout, path: string, key: string, flipped: boolean): Generation | undefined {
  const rows = layout.lines.filter((line): line is Row => line.kind === "row");
  const at = rows.findIndex(({ tiles }) => tiles.some(({ generation }) => pathOf(generation) === path));
  const tiles = rows[at]?.tiles ?? [];
  const place = tiles.findIndex(({ generation }) => pathOf(generation) === path);
  const here = tiles[place];
  if (here === undefined) return undefined;
  const middle = here.left + here.width / 2;
  const under = (row: Row | undefined) => row?.tiles.find(({ left, width }) => left + width >= middle) ?? row?.tiles.at(-1);
  switch (key) {
    case flipped ? "ArrowLeft" : "ArrowRight":
      return (tiles[place + 1] ?? rows[at + 1]?.tiles[0])?.generation;
    case flipped ? "ArrowRight" : "ArrowLeft":
      return (tiles[place - 1] ?? rows[at - 1]?.tiles.at(-1))?.generation;
    case "ArrowDown":
      return under(rows[at + 1])?.generation;
    case "ArrowUp":
      return under(rows[at - 1])?.generation;
    case "Home":
      return rows[0]?.tiles[0]?.generation;
    case "End":
      return rows.at(-1)?.tiles.at(-1)?.generation;
    default:
      return undefined;
  }
}
