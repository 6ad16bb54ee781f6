import { h } from "./dom.js";
import { TASKS } from "./tasks.js";

/** @import { Generation } from "./types" */

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const DATE = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/**
 * How long ago a moment was, in words.
 *
 * @param {Date} moment
 */
export function ago(moment) {
  const seconds = (moment.getTime() - Date.now()) / 1000;
  for (const [unit, size] of UNITS) {
    if (-seconds >= size) return RELATIVE.format(Math.round(seconds / size), unit);
  }
  return "just now";
}

/**
 * What a task is called; one that only another version knows, by its name.
 *
 * @param {string} type
 */
export function labelOf(type) {
  const known = /** @type {Record<string, {label: string} | undefined>} */ (TASKS);
  return known[type]?.label ?? type;
}

/**
 * Everything else that the document says, for developers.
 *
 * @param {Generation} generation
 */
export function facts(generation) {
  const { generation_data, metrics } = generation;
  /** @type {[string, string | number | undefined][]} */
  const rows = [
    ["Id", generation.file_uid],
    ["Attempt", generation.attempt],
    ["Seed", generation_data?.seed ?? seedOf(generation)],
    ["Waited for a GPU", milliseconds(metrics?.delay_ms)],
    ["Ran", milliseconds(metrics?.execution_ms)],
    ["Size", bytes(generation.size_bytes)],
    ["Asked for", DATE.format(generation.created_at.toDate())],
    ["Ended", generation.completed_at && DATE.format(generation.completed_at.toDate())],
    ["Deleted after", generation.expires_at && DATE.format(generation.expires_at.toDate())],
    ["Error code", generation.error_code],
  ];
  return [
    h(
      "dl",
      {},
      rows
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    ),
    h("pre", { className: "code", tabIndex: 0 }, JSON.stringify(generation.request_data, null, 2)),
  ];
}

/** @param {Generation} generation */
function seedOf({ request_data }) {
  return typeof request_data.seed === "number" ? request_data.seed : undefined;
}

/** @param {number | undefined} value */
function milliseconds(value) {
  if (value === undefined) return undefined;
  return value < 1000 ? `${value} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** @param {number | undefined} value */
function bytes(value) {
  if (value === undefined) return undefined;
  if (value < 1e6) return `${Math.max(1, Math.round(value / 1e3))} kB`;
  return `${(value / 1e6).toFixed(1)} MB`;
}
