import { h } from "./dom.js";
import { fileInput } from "./file_input.js";

/** @import { Field } from "./tasks.js" */

/**
 * A field of the form.
 *
 * @typedef {object} Input
 * @property {HTMLElement} element label, control, hint and problem
 * @property {() => unknown} value undefined when it is empty: the backend then takes its default;
 *   a File that is still to be uploaded for `kind: "file"`
 * @property {(value: any) => void} fill
 * @property {(problem: string) => void} refuse says why it was not accepted; "" takes that back
 * @property {() => void} focus
 */

/**
 * @param {Field} field
 * @param {{voices: () => {id: string, name: string}[]}} choices
 * @returns {Input}
 */
export function fieldInput(field, choices) {
  const id = `field-${field.name}`;
  const problem = h("p", { className: "problem", id: `${id}-problem` });
  const hint = h("p", { className: "hint", id: `${id}-hint` }, hintOf(field));
  const attributes = {
    id,
    name: field.name,
    "aria-describedby": `${hint.id} ${problem.id}`,
    "aria-required": field.required ? "true" : null,
  };
  const control = controlOf(field, attributes, choices);
  return {
    ...control,
    element: h(
      "div",
      { className: `field ${field.kind}` },
      h("label", { htmlFor: id }, field.label),
      control.element,
      hint,
      problem,
    ),
    refuse(reason) {
      problem.textContent = reason;
      control.focusable.setAttribute("aria-invalid", String(reason !== ""));
    },
    focus: () => control.focusable.focus(),
  };
}

/** @param {Field} field */
function hintOf({ hint, min, max }) {
  return hint ?? (min === undefined || max === undefined ? undefined : `${min} to ${max}`);
}

/**
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {HTMLElement} focusable
 * @property {() => unknown} value
 * @property {(value: any) => void} fill
 */

/**
 * @param {Field} field
 * @param {Record<string, any>} attributes
 * @param {{voices: () => {id: string, name: string}[]}} choices
 * @returns {Control}
 */
function controlOf(field, attributes, { voices }) {
  switch (field.kind) {
    case "file":
      return fileInput(field.accept ?? "", attributes);
    case "voice":
      return voiceSelect(attributes, voices());
    case "choice":
      return choiceSelect(attributes, field);
    case "integer":
    case "number":
      return numberInput(field, attributes);
    case "text":
      return textInput(h("textarea", { ...attributes, rows: field.advanced ? 2 : 4 }), field);
    case "json":
      return jsonInput(h("textarea", { ...attributes, rows: 2, spellcheck: false }));
    case "line":
      return textInput(h("input", { ...attributes, type: "text" }), field);
  }
}

/**
 * @param {HTMLInputElement | HTMLTextAreaElement} input
 * @param {Field} field
 * @returns {Control}
 */
function textInput(input, field) {
  input.placeholder = String(field.default ?? "");
  return {
    element: input,
    focusable: input,
    value: () => (input.value === "" ? undefined : input.value),
    fill: (value) => (input.value = value),
  };
}

/**
 * @param {Record<string, any>} attributes
 * @param {Field} field
 * @returns {Control}
 */
function choiceSelect(attributes, { choices = [], default: usual, required }) {
  const select = h(
    "select",
    attributes,
    usual === undefined && !required ? h("option", { value: "" }, "any") : null,
    choices.map((one) => h("option", { value: one, selected: one === usual }, one)),
  );
  return {
    element: select,
    focusable: select,
    value: () => (select.value === "" ? undefined : select.value),
    fill(value) {
      // Another task may have had a field of this name with choices of its own.
      if (choices.includes(value)) select.value = value;
    },
  };
}

/**
 * @param {HTMLTextAreaElement} input
 * @returns {Control}
 */
function jsonInput(input) {
  input.placeholder = "{}";
  return {
    element: input,
    focusable: input,
    value() {
      try {
        return input.value.trim() === "" ? undefined : JSON.parse(input.value);
      } catch {
        // As text; the backend then says what it wants instead.
        return input.value;
      }
    },
    fill(value) {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      input.value = text === "{}" ? "" : text;
    },
  };
}

/**
 * @param {Field} field
 * @param {Record<string, any>} attributes
 * @returns {Control}
 */
function numberInput({ kind, min, max, multiple, default: usual }, attributes) {
  const input = h("input", {
    ...attributes,
    type: "number",
    inputMode: kind === "integer" ? "numeric" : "decimal",
    min,
    max,
    step: multiple ?? (kind === "integer" ? 1 : "any"),
    placeholder: usual === undefined ? "any" : String(usual),
  });
  return {
    element: input,
    focusable: input,
    // What is no number has no value; the backend then says what it wants instead.
    value: () => (input.validity.badInput ? "" : input.value === "" ? undefined : input.valueAsNumber),
    fill: (value) => (input.value = value),
  };
}

/**
 * @param {Record<string, any>} attributes
 * @param {{id: string, name: string}[]} voices
 * @returns {Control}
 */
function voiceSelect(attributes, voices) {
  const select = h(
    "select",
    attributes,
    voices.length === 0
      ? h("option", { value: "" }, "No voice yet: clone one first")
      : voices.map(({ id, name }) => h("option", { value: id }, name)),
  );
  return {
    element: select,
    focusable: select,
    value: () => (select.value === "" ? undefined : select.value),
    fill(value) {
      select.value = value;
      if (select.selectedIndex === -1) select.selectedIndex = 0;
    },
  };
}
