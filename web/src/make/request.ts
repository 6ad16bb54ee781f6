/** From what stands in the form to a request, and what it will cost. Pure. */
import type { Generation, Model, TaskType } from "firepod";

import type { Values } from "../context.js";
import { type Field, TASKS } from "../tasks.js";

/** A task's fields as a model bounds them. */
export function fieldsOf(taskType: TaskType, model: Model | undefined): Field[] {
  return TASKS[taskType].fields.map((field) => {
    const bound = model?.bounds[field.name];
    const usual = model?.defaults[field.name];
    return {
      ...field,
      ...(bound?.min !== undefined && { min: bound.min }),
      ...(bound?.max !== undefined && { max: bound.max }),
      ...(bound?.multiple_of !== undefined && { multiple: bound.multiple_of }),
      ...(bound?.one_of !== undefined && field.kind === "choice" && { choices: bound.one_of.map(String) }),
      ...(usual !== undefined && { default: usual as string | number }),
    };
  });
}

/** The model that makes it: the chosen one, or the usual one of the task. */
export function modelOf(models: readonly Model[], taskType: TaskType, chosen: unknown): Model | undefined {
  const able = models.filter(({ tasks }) => tasks.includes(taskType));
  return able.find(({ id }) => id === chosen) ?? able.find((one) => one.default_for.includes(taskType));
}

/** Only what this task and its model have, and only what was said. */
export function requestOf(taskType: TaskType, values: Values, fields: readonly Field[], model: Model | undefined): Values {
  const said = fields
    .map((field) => [field, values[field.name]] as const)
    .filter(([field, value]) => value !== undefined && (field.kind !== "choice" || isChoice(field, value)))
    .map(([{ name }, value]) => [name, value]);
  const chosen = values.model === undefined || values.model !== model?.id ? {} : { model: model.id };
  return { task_type: taskType, ...Object.fromEntries(said), ...chosen };
}

/** Another task may have had a field of this name with choices of its own. */
export function isChoice({ choices }: Field, value: unknown): boolean {
  return (choices ?? []).includes(String(value));
}

/** What it costs in dollars, where that is known before it is made. */
export function priceOf(model: Model | undefined, fields: readonly Field[], values: Values): number | undefined {
  const price = model?.price;
  if (!price) return undefined;
  const of = (name: string) => {
    const value = values[name] ?? fields.find((one) => one.name === name)?.default;
    return Number(value);
  };
  const pictures = Number.isFinite(of("num_images")) ? of("num_images") : 1;
  switch (price.per) {
    case "picture":
      return price.usd * pictures;
    case "megapixel":
      return (price.usd * pictures * of("width") * of("height")) / 1e6;
    case "second":
      return known((price.usd * of("num_frames")) / of("fps"));
    case "five seconds":
      return known(price.usd * Math.ceil(of("num_frames") / of("fps") / 5));
    default:
      return undefined;
  }
}

/** Speech has no frames: how long it gets is not known before. */
function known(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** What it weighs in a day's limits: as the backend counts it, in default pictures. */
export function unitsOf(request: Values, fields: readonly Field[], model: Model | undefined): number {
  const of = (name: string) => {
    const value = Number(request[name] ?? fields.find((one) => one.name === name)?.default);
    return value > 0 ? Math.round(value) : 1;
  };
  const refined = request.refiner_inference_steps === undefined ? 0 : of("refiner_inference_steps");
  const weight = model?.weight ?? 1;
  const drawn = (amount: number) => weight * Math.max(1, Math.ceil((amount * (of("steps") + refined)) / (1024 * 1024 * 30)));
  switch (TASKS[request.task_type as TaskType].mediaType) {
    case "images":
      return drawn(of("width") * of("height") * of("num_images"));
    case "videos":
      return drawn(of("video_width") * of("video_height") * of("num_frames"));
    case "voices":
      return weight * 5;
    case "tts":
      return weight * Math.max(1, Math.ceil([...String(request.text ?? "")].length / 500));
  }
}

/** Whether it makes the very same when it is sent once more: nothing of it is drawn. */
export function isFixed(request: Values, fields: readonly Field[]): boolean {
  return request.seed !== undefined || !fields.some(({ name }) => name === "seed");
}

/** A request as text, to tell whether two are the same; files count by what they are. */
export function textOf(request: Values): string {
  return JSON.stringify(request, (_, value: unknown) =>
    value instanceof File ? [value.name, value.size, value.lastModified] : value,
  );
}

/** How a value that was typed for one model or task does not fit this one; "" if it does, or is none. */
export function misfit({ kind, min, max, multiple, maxLength }: Field, value: unknown): string {
  if (typeof value === "number") {
    if (min !== undefined && max !== undefined && (value < min || value > max)) return `Has to be ${min} to ${max}.`;
    if (multiple !== undefined && value % multiple !== 0) return `Has to be a multiple of ${multiple}.`;
    if (kind === "integer" && !Number.isInteger(value)) return "Has to be a whole number.";
  }
  if (maxLength !== undefined && typeof value === "string" && value.length > maxLength * 0.8) {
    const length = [...value].length; // as the backend counts: an emoji is one
    if (length > maxLength) return `${length.toLocaleString("en")} of ${maxLength.toLocaleString("en")} characters.`;
  }
  return "";
}

/** The form as it was for a generation; with its seed it makes the very same, without another one. */
export function valuesOf(generation: Generation, keepSeed: boolean): Values {
  const { request_data, model } = generation;
  const values: Values = { ...request_data, ...(model !== undefined && { model }) };
  if (!keepSeed) delete values.seed;
  return values;
}

/** The usual sizes as shapes: width by height of each. */
export function shapesOf(taskType: TaskType, model: Model | undefined): [string, number, number][] {
  const sizes = TASKS[taskType].sizes;
  if (sizes === undefined) return [];
  if (model !== undefined && model.sizes.length > 0) {
    return model.sizes.map(([width, height]) => [nameOf(width, height), width, height]);
  }
  return [...sizes.choices];
}

function nameOf(width: number, height: number): string {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const by = divisor(width, height);
  return width / by > 40 ? `${width}×${height}` : `${width / by}:${height / by}`;
}
