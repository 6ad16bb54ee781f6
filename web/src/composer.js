import { alertBox } from "./alert.js";
import { fill, h } from "./dom.js";
import { FirepodError } from "./errors.js";
import { fieldInput } from "./fields.js";
import { ICONS } from "./icons.js";
import { TASKS } from "./tasks.js";

/** @import { Firepod } from "./client.js" */
/** @import { Input } from "./fields.js" */
/** @import { Model } from "./models.js" */
/** @import { Field, Task } from "./tasks.js" */
/** @import { Generation, GenerationRequest, Started, TaskType } from "./types" */

const TASK_TYPES = /** @type {TaskType[]} */ (Object.keys(TASKS));
const NOT_STORED =
  "could not be stored. Choose a file of one of these types that is not larger than 25 MiB.";

// After these it is not known whether something was started.
const UNKNOWN_OUTCOME = new Set(["internal", "unavailable", "deadline-exceeded"]);

/**
 * The form that starts a generation.
 *
 * @param {{
 *   firepod: Firepod,
 *   userId: string,
 *   started: (answer: Started) => void,
 * }} options
 */
export function composer({ firepod, userId, started }) {
  /** @type {TaskType} */
  let taskType = "text2img";
  /** @type {{id: string, name: string}[]} */
  let voices = [];
  /** @type {Model[]} */
  let models = [];
  /** @type {Map<string, Input>} */
  let inputs = new Map();
  /** What was typed, by field, so that it stays when the task changes. @type {Map<string, any>} */
  const typed = new Map();
  /** @type {WeakMap<File, string>} */
  const uploaded = new WeakMap();
  /** What was sent and may have arrived, with its key: sent again, it is not started twice. */
  let sent = { request: "", key: "" };
  let waiting = false;

  const fields = h("div", { className: "fields" });
  let more = h("div");
  const alert = alertBox();
  const button = h("button", { type: "submit", className: "primary wide" });
  const code = h("pre", { className: "code", tabIndex: 0 });
  const tabs = TASK_TYPES.map((type) =>
    h(
      "label",
      { className: "task" },
      h("input", {
        type: "radio",
        name: "task_type",
        value: type,
        checked: type === taskType,
        onchange: () => select(type),
      }),
      ICONS[TASKS[type].mediaType](),
      h("span", {}, TASKS[type].label),
    ),
  );
  const element = h(
    "form",
    { className: "panel composer", noValidate: true, onsubmit: submit, oninput: showCode },
    h("h2", {}, "New generation"),
    h("fieldset", { className: "tasks" }, h("legend", { className: "visually-hidden" }, "Task"), tabs),
    fields,
    h("details", { className: "as-code" }, h("summary", {}, "As code"), code),
    h("div", { className: "submit" }, alert.element, button),
  );

  /** @param {TaskType} type */
  function select(type) {
    keepTyped();
    taskType = type;
    const task = TASKS[type];
    const offered = [...task.fields, ...modelField()];
    inputs = new Map(
      offered.map((field) => [field.name, fieldInput(field, { voices: () => voices })]),
    );
    for (const [name, input] of inputs) {
      if (typed.get(name) !== undefined) input.fill(typed.get(name));
    }
    const elements = (/** @type {boolean} */ advanced) =>
      offered
        .filter((field) => (field.advanced ?? false) === advanced)
        .flatMap(({ name }) => [
          name === task.sizes?.names[0] ? sizeChoices(task.sizes) : null,
          /** @type {Input} */ (inputs.get(name)).element,
        ]);
    more = h("div", { className: "fields" }, elements(true));
    fill(
      fields,
      elements(false),
      h("details", { className: "more" }, h("summary", {}, "More settings"), more),
    );
    fill(button, task.verb);
    alert.clear();
    showCode();
  }

  /**
   * The choice of a model, where there is one.
   *
   * @returns {Field[]}
   */
  function modelField() {
    const choices = models.filter(({ tasks }) => tasks.includes(taskType)).map(({ id }) => id);
    if (choices.length < 2) return [];
    const hint = "Empty: the usual one.";
    return [{ name: "model", label: "Model", kind: "choice", choices, hint, advanced: true }];
  }

  function keepTyped() {
    for (const [name, input] of inputs) typed.set(name, input.value());
  }

  /** @param {NonNullable<Task["sizes"]>} sizes */
  function sizeChoices({ names, choices }) {
    return h(
      "div",
      { className: "sizes", role: "group", "aria-label": "Usual sizes" },
      choices.map(([label, ...size]) =>
        h(
          "button",
          {
            type: "button",
            className: "chip",
            title: size.join(" × "),
            onclick() {
              names.forEach((name, index) => inputs.get(name)?.fill(size[index]));
              showCode();
            },
          },
          label,
        ),
      ),
    );
  }

  /** The request as it stands; a File stands for the path that it will have. */
  function values() {
    const entries = [...inputs].map(([name, input]) => [name, input.value()]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  function showCode() {
    const request = { task_type: taskType, ...values() };
    const text = JSON.stringify(
      request,
      (_, value) => (value instanceof File ? `uploads/${userId}/${value.name}` : value),
      2,
    );
    fill(code, `const generate = httpsCallable(getFunctions(), "generate");\nawait generate(${text});`);
  }

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    clearProblems();
    button.disabled = true;
    try {
      const request = { task_type: taskType, ...(await withUploads(values())) };
      fill(button, "Sending…");
      const json = JSON.stringify(request);
      if (json !== sent.request) sent = { request: json, key: crypto.randomUUID() };
      const answer = await firepod.generate(
        /** @type {GenerationRequest} */ ({ ...request, idempotency_key: sent.key }),
      );
      sent = { request: "", key: "" };
      started(answer);
    } catch (error) {
      if (!(error instanceof FirepodError && UNKNOWN_OUTCOME.has(error.code))) {
        sent = { request: "", key: "" };
      }
      explain(error);
    } finally {
      fill(button, TASKS[taskType].verb);
      button.disabled = waiting;
    }
  }

  /** @param {Record<string, unknown>} request */
  async function withUploads(request) {
    for (const [name, value] of Object.entries(request)) {
      if (!(value instanceof File)) continue;
      let path = uploaded.get(value);
      if (path === undefined) {
        try {
          path = await firepod.upload(userId, value, (fraction) =>
            fill(button, `Uploading ${Math.round(fraction * 100)} %`),
          );
        } catch (error) {
          if (!(error instanceof FirepodError) || error.code !== "unauthorized") throw error;
          const details = { fields: [{ field: name, problem: NOT_STORED }] };
          throw new FirepodError("invalid-argument", "The file was not accepted.", details);
        }
        uploaded.set(value, path);
      }
      request[name] = path;
    }
    return request;
  }

  function clearProblems() {
    for (const input of inputs.values()) input.refuse("");
    alert.clear();
  }

  /** @param {unknown} error */
  function explain(error) {
    if (!(error instanceof FirepodError)) {
      alert.tell(String(error));
      return;
    }
    const known = [...error.fields].filter(([field]) => inputs.has(field));
    for (const [field, problem] of known) inputs.get(field)?.refuse(problem);
    const first = inputs.get(known[0]?.[0] ?? "");
    first?.element.closest("details")?.setAttribute("open", "");
    first?.focus();
    if (error.retryAfterSeconds !== undefined) {
      waiting = true;
      alert.countDown(error.message, error.retryAfterSeconds, () => {
        waiting = false;
        button.disabled = false;
      });
    } else if (known.length === 0 || known.length < error.fields.size) {
      alert.tell(error.message);
    } else {
      alert.tell(known.length === 1 ? "One field needs a look." : `${known.length} fields need a look.`);
    }
  }

  select(taskType);
  return {
    element,

    /** @param {Generation[]} completed the user's voices */
    offerVoices(completed) {
      const found = completed.map(({ file_uid, request_data }) => ({
        id: file_uid,
        name: String(request_data.name ?? file_uid),
      }));
      if (JSON.stringify(found) === JSON.stringify(voices)) return;
      voices = found;
      if (taskType === "tts") select(taskType);
    },

    /** @param {Model[]} found */
    offerModels(found) {
      models = found;
      for (const field of modelField()) {
        // Beside the others, which somebody may be filling in.
        const input = fieldInput(field, { voices: () => voices });
        inputs.set(field.name, input);
        if (typed.get(field.name) !== undefined) input.fill(typed.get(field.name));
        more.append(input.element);
      }
    },

    /** Begin with a request that was made before. @param {TaskType} type @param {object} request */
    start(type, request) {
      keepTyped();
      inputs = new Map();
      // A new one: with the old one the very same picture would be paid for once more.
      typed.delete("seed");
      const known = TASKS[type].fields
        .filter(({ kind, name }) => kind !== "file" && name !== "seed")
        .map(({ name }) => name);
      for (const [name, value] of Object.entries(request)) {
        if ([...known, "model"].includes(name)) {
          typed.set(name, value);
        }
      }
      const radio = element.querySelector(`input[value="${type}"]`);
      if (radio instanceof HTMLInputElement) radio.checked = true;
      select(type);
      element.scrollIntoView({ block: "start" });
      inputs.get(TASKS[type].fields.find(({ kind }) => kind !== "file")?.name ?? "")?.focus();
    },
  };
}
