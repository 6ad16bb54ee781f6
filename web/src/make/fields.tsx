/** The controls of a form, one for each kind of field. */
import type { Generation } from "firepod";
import type { ComponentChildren } from "preact";

import type { Field } from "../tasks.js";
import { Icon } from "../ui/icon.js";
import { wordsOf } from "../ui/text.js";
import { FileField, type FileValue } from "./file_field.js";
import type { Known } from "./known.js";
import { isChoice, misfit } from "./request.js";

export interface FieldProps {
  field: Field;
  value: unknown;
  problem: string | undefined;
  voices: readonly Generation[];
  voicesKnown: Known;
  /** The picture that a mask is for. */
  start: FileValue;
  onChange: (value: unknown) => void;
}

export function FieldControl({ field, value, problem, voices, voicesKnown, start, onChange }: FieldProps) {
  const id = `field-${field.name}`;
  const described = `${id}-hint ${id}-problem`;
  const same = {
    id,
    name: field.name,
    "aria-describedby": described,
    "aria-required": field.required ?? undefined,
    "aria-invalid": problem !== undefined,
  };
  let control: ComponentChildren;
  switch (field.kind) {
    case "file":
      control = (
        <FileField
          id={id}
          accept={field.accept ?? ""}
          value={value as FileValue}
          describedBy={described}
          invalid={problem !== undefined}
          {...(field.name === "mask_image" && { maskOf: start })}
          onChange={onChange}
        />
      );
      break;
    case "voice":
      control = (
        <select {...same} value={String(value ?? "")} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
          {voices.length === 0 && <option value="">{NO_VOICE[voicesKnown]}</option>}
          {voices.map((voice) => (
            <option key={voice.file_uid} value={voice.file_uid}>
              {wordsOf(voice)}
            </option>
          ))}
        </select>
      );
      break;
    case "choice":
      control = (
        <select
          {...same}
          value={String(isChoice(field, value) ? value : (field.default ?? ""))}
          onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
        >
          {field.default === undefined && <option value="">usual</option>}
          {(field.choices ?? []).map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      );
      break;
    case "integer":
    case "number":
      control =
        field.name === "seed" ? (
          <Seed same={same} value={value} onChange={onChange} />
        ) : (
          <input
            {...same}
            type="number"
            inputMode={field.kind === "integer" ? "numeric" : "decimal"}
            min={field.min}
            max={field.max}
            step={field.multiple ?? (field.kind === "integer" ? 1 : "any")}
            placeholder={String(field.default ?? "any")}
            value={value === undefined ? "" : String(value)}
            onInput={({ currentTarget }) => onChange(numberIn(currentTarget))}
          />
        );
      break;
    case "text":
      control = (
        <textarea
          {...same}
          rows={field.advanced ? 2 : 3}
          placeholder={field.default === undefined ? "" : String(field.default)}
          value={String(value ?? "")}
          onInput={({ currentTarget }) => onChange(currentTarget.value || undefined)}
        />
      );
      break;
    case "json":
      control = (
        <textarea
          {...same}
          rows={2}
          spellcheck={false}
          placeholder="{}"
          value={typeof value === "string" || value === undefined ? (value ?? "") : JSON.stringify(value)}
          onInput={({ currentTarget }) => onChange(jsonIn(currentTarget.value))}
        />
      );
      break;
    case "line":
      control = (
        <input
          {...same}
          type="text"
          placeholder={String(field.default ?? "")}
          value={String(value ?? "")}
          onInput={({ currentTarget }) => onChange(currentTarget.value || undefined)}
        />
      );
  }
  const off = misfit(field, value);
  return (
    <div class={`field ${field.kind}`}>
      <label for={id}>{field.label}</label>
      {control}
      <p class={`hint ${off === "" ? "" : "off"}`} id={`${id}-hint`}>
        {off || hintOf(field)}
      </p>
      <p class="problem" id={`${id}-problem`}>
        {problem}
      </p>
    </div>
  );
}

const NO_VOICE: Record<Known, string> = {
  known: "No voice yet: clone one first",
  loading: "Reading your voices…",
  away: "Your voices cannot be read now",
};

/** What is no number stays as text; the backend then says what it wants instead. */
function numberIn(input: HTMLInputElement): unknown {
  if (input.validity.badInput) return "";
  return input.value === "" ? undefined : input.valueAsNumber;
}

function jsonIn(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function hintOf({ hint, min, max }: Field): string | undefined {
  return hint ?? (min === undefined || max === undefined ? undefined : `${min} to ${max}`);
}

/** A seed: drawn by the backend each time, or kept by the lock, so that the same is made again. */
function Seed({
  same,
  value,
  onChange,
}: {
  same: object;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const kept = value !== undefined && value !== "";
  return (
    <div class="row seed">
      <input
        {...same}
        type="number"
        inputMode="numeric"
        min={0}
        step={1}
        placeholder="another one each time"
        value={kept ? String(value) : ""}
        onInput={({ currentTarget }) => onChange(numberIn(currentTarget))}
      />
      <button
        type="button"
        class="icon-only"
        aria-label="Draw a seed and keep it"
        title="Draw a seed and keep it"
        onClick={() => onChange(Math.floor(Math.random() * 2 ** 31))}
      >
        <Icon name="dice" />
      </button>
      <button
        type="button"
        class="icon-only"
        aria-pressed={kept}
        disabled={!kept}
        aria-label={kept ? "Let it change" : "The seed changes each time"}
        title={kept ? "Let it change" : "The seed changes each time"}
        onClick={() => onChange(undefined)}
      >
        <Icon name={kept ? "locked" : "unlocked"} />
      </button>
    </div>
  );
}
