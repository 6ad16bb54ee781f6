/** How moments, sizes and generations are said. */
import type { Generation } from "firepod";

import { TASKS } from "../tasks.js";

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago a moment was, in words. */
export function ago(moment: Date, now = Date.now()): string {
  const seconds = (moment.getTime() - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (-seconds >= size) return RELATIVE.format(Math.round(seconds / size), unit);
  }
  return "just now";
}

export const moment = (date: Date): string => MOMENT.format(date);

/** The day of a moment, as a heading. */
export function day(date: Date, now = new Date()): string {
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return DAY.format(date);
}

/** When the day of a moment began here, in milliseconds. */
export function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** 65 as "1:05". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = String(whole % 60).padStart(2, "0");
  return `${Math.floor(whole / 60)}:${rest}`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

export function bytes(value: number): string {
  return value < 1e6 ? `${Math.max(1, Math.round(value / 1e3))} kB` : `${(value / 1e6).toFixed(1)} MB`;
}

export function dollars(value: number): string {
  return `$${value < 0.1 ? value.toPrecision(2) : value.toFixed(2)}`;
}

/** What a task is called; one that only another version knows, by its name. */
export function labelOf(type: string): string {
  return (TASKS as Record<string, { label: string } | undefined>)[type]?.label ?? type;
}

/** The words that a generation was asked for with. */
export function wordsOf({ request_data }: Generation): string {
  const { prompt, text, name } = request_data;
  return String(prompt ?? text ?? name ?? "");
}
