/** The form that starts a generation: words first, then whatever else one wants to say. */
import { FirepodError, type GenerationRequest, type TaskType } from "firepod";
import { useFirepod, useQuota } from "firepod/react";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { type Values, usePage } from "../context.js";
import { snippets } from "../develop/snippets.js";
import { CodeBlock } from "../develop/code.js";
import { TASKS } from "../tasks.js";
import { Icon } from "../ui/icon.js";
import { dollars, duration } from "../ui/text.js";
import { FieldControl } from "./fields.js";
import type { Own } from "./file_field.js";
import { fieldsOf, modelOf, priceOf, requestOf, shapesOf } from "./request.js";

const TASK_TYPES = Object.keys(TASKS) as TaskType[];

export function Composer() {
  const page = usePage();
  const firepod = useFirepod();
  const { quota } = useQuota();
  const [taskType, setTaskType] = useState<TaskType>(page.draft.taskType);
  const [values, setValues] = useState<Values>(page.draft.values);
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const [alert, setAlert] = useState("");
  const [busy, setBusy] = useState("");
  const [last, setLast] = useState("");
  const [twice, setTwice] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const uploaded = useRef(new WeakMap<File, string>());

  useEffect(() => {
    if (page.draft.turn === 0) return;
    setTaskType(page.draft.taskType);
    setValues(page.draft.values);
    setProblems(new Map());
    setAlert("");
    form.current?.scrollIntoView({ block: "start" });
    form.current?.querySelector<HTMLElement>("textarea, input[type=text]")?.focus();
  }, [page.draft.turn]);

  const task = TASKS[taskType];
  const model = modelOf(page.models, taskType, values.model);
  const fields = useMemo(() => fieldsOf(taskType, model), [taskType, model]);
  const request = requestOf(taskType, withVoice(values, taskType, page.voices[0]?.file_uid), fields, model);
  const choices = page.models.filter(({ tasks }) => tasks.includes(taskType));
  const price = priceOf(model, fields, values);
  const left = quota === undefined ? undefined : quota.daily.limit - quota.daily.used;

  const change = (name: string, value: unknown) => {
    setValues((known) => ({ ...known, [name]: value }));
    setTwice(false);
    if (problems.has(name)) setProblems(new Map([...problems].filter(([one]) => one !== name)));
  };

  async function submit() {
    if (busy !== "") return;
    setProblems(new Map());
    setAlert("");
    const text = JSON.stringify(request);
    if (text === last && values.seed !== undefined && !twice) {
      setTwice(true); // with its seed it makes the very same, and costs once more
      return;
    }
    setBusy("Sending…");
    try {
      const sent = await withUploads(request);
      await firepod.generate(sent as unknown as GenerationRequest);
      setLast(text);
      setTwice(false);
      page.say(`${task.label}: asked`);
    } catch (error) {
      explain(FirepodError.from(error));
    } finally {
      setBusy("");
    }
  }

  async function withUploads(asked: Values): Promise<Values> {
    const sent: Values = {};
    for (const [name, value] of Object.entries(asked)) {
      sent[name] = value instanceof File ? await stored(value) : isOwn(value) ? value.path : value;
    }
    return sent;
  }

  async function stored(file: File): Promise<string> {
    const known = uploaded.current.get(file);
    if (known !== undefined) return known;
    const path = await firepod.upload(file, {
      onProgress: (fraction) => setBusy(`Uploading ${Math.round(fraction * 100)} %`),
    });
    uploaded.current.set(file, path);
    return path;
  }

  function explain(error: FirepodError) {
    const known = [...error.fields].filter(([name]) => fields.some((one) => one.name === name));
    setProblems(new Map(known));
    if (known.length === 0 || known.length < error.fields.size) {
      const wait = error.retryAfterSeconds;
      const room = wait === undefined ? "" : ` There is room again in ${duration(wait)}, or when something ends.`;
      setAlert(error.message + room);
    } else {
      setAlert(known.length === 1 ? "One field needs a look." : `${known.length} fields need a look.`);
    }
    queueMicrotask(() => {
      const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
      wrong?.closest("details")?.setAttribute("open", "");
      wrong?.focus();
    });
  }

  const control = (name: string) => {
    const field = fields.find((one) => one.name === name)!;
    return (
      <FieldControl
        key={name}
        field={field}
        value={values[name]}
        problem={problems.get(name)}
        voices={page.voices}
        onChange={(value) => change(name, value)}
      />
    );
  };
  const sizes: readonly string[] = task.sizes?.names ?? [];
  const first = fields.filter(({ advanced, name }) => !advanced && !sizes.includes(name));
  const more = fields.filter(({ advanced }) => advanced);

  return (
    <form
      ref={form}
      class="panel composer"
      noValidate
      aria-label="New generation"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          void submit();
        }
      }}
    >
      <fieldset class="tasks">
        <legend class="visually-hidden">Task</legend>
        {TASK_TYPES.map((type) => (
          <label class="task" key={type}>
            <input
              type="radio"
              name="task_type"
              value={type}
              checked={type === taskType}
              onChange={() => {
                setTaskType(type);
                setProblems(new Map());
                setAlert("");
              }}
            />
            <Icon name={TASKS[type].mediaType} />
            <span>{TASKS[type].label}</span>
          </label>
        ))}
      </fieldset>
      {/* Words first, then files, then numbers. */}
      {first.filter(({ kind }) => kind !== "file" && !isNumber(kind)).map(({ name }) => control(name))}
      {first.filter(({ kind }) => kind === "file").map(({ name }) => control(name))}
      {sizes.length > 0 && (
        <div class="shape-field">
          <div class="shapes" role="group" aria-label="Shape">
            {shapesOf(taskType, model).map(([name, width, height]) => (
              <Shape
                key={name}
                name={name}
                width={width}
                height={height}
                chosen={isSize(values, fields, sizes, [width, height])}
                onChoose={() => setValues((known) => ({ ...known, [sizes[0]!]: width, [sizes[1]!]: height }))}
              />
            ))}
          </div>
          <div class="pair">{sizes.map(control)}</div>
        </div>
      )}
      <div class="fields">{first.filter(({ kind }) => isNumber(kind)).map(({ name }) => control(name))}</div>
      {choices.length > 1 && (
        <div class="field choice">
          <label for="field-model">Model</label>
          <select
            id="field-model"
            value={String(values.model ?? "")}
            aria-describedby="field-model-hint"
            onChange={({ currentTarget }) => change("model", currentTarget.value || undefined)}
          >
            <option value="">usual{model === undefined ? "" : `: ${model.label}`}</option>
            {choices.map((one) => (
              <option key={one.id} value={one.id}>
                {one.label}
                {one.price ? `, ${dollars(one.price.usd)} a ${one.price.per}` : ""}
              </option>
            ))}
          </select>
          <p class="hint" id="field-model-hint">
            {model !== undefined && !model.commercial ? `${model.licence}: not for earning money.` : ""}
          </p>
        </div>
      )}
      <details class="more">
        <summary>More settings</summary>
        <div class="fields">{more.map(({ name }) => control(name))}</div>
      </details>
      <details class="as-code">
        <summary>As code</summary>
        <CodeBlock snippets={snippets(request, page)} />
      </details>
      {alert !== "" && (
        <div class="alert" role="alert">
          <Icon name="warning" />
          <p>{alert}</p>
        </div>
      )}
      {twice && (
        <div class="alert" role="alert">
          <Icon name="warning" />
          <p>
            This is the request from before with the same seed: it makes the very same and costs once more.
            Press again to make it, or <button type="button" class="link" onClick={() => change("seed", undefined)}>let the seed change</button>.
          </p>
        </div>
      )}
      <div class="submit">
        <p class="cost">
          {price === undefined ? (model?.price ? `${dollars(model.price.usd)} a ${model.price.per}` : "") : `about ${dollars(price)}`}
          {left !== undefined && <span> {left} of {quota!.daily.limit} units left today</span>}
        </p>
        <button type="submit" class="primary" aria-disabled={busy !== ""} title="Ctrl+Enter">
          {busy || task.verb}
        </button>
      </div>
    </form>
  );
}

function isNumber(kind: string): boolean {
  return kind === "integer" || kind === "number";
}

/** Speech is spoken with the newest voice unless another one is chosen. */
function withVoice(values: Values, taskType: TaskType, newest: string | undefined): Values {
  return taskType === "tts" ? { ...values, voice_id: values.voice_id ?? newest } : values;
}

function isOwn(value: unknown): value is Own {
  return typeof value === "object" && value !== null && "path" in value;
}

function isSize(values: Values, fields: readonly { name: string; default?: unknown }[], names: readonly string[], size: [number, number]): boolean {
  return names.every((name, index) => {
    const usual = fields.find((one) => one.name === name)?.default;
    return Number(values[name] ?? usual) === size[index];
  });
}

function Shape({
  name,
  width,
  height,
  chosen,
  onChoose,
}: {
  name: string;
  width: number;
  height: number;
  chosen: boolean;
  onChoose: () => void;
}) {
  const scale = 22 / Math.max(width, height);
  return (
    <button type="button" class="shape" aria-pressed={chosen} title={`${width} × ${height}`} onClick={onChoose}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <rect
          x={12 - (width * scale) / 2}
          y={12 - (height * scale) / 2}
          width={width * scale}
          height={height * scale}
          rx="2"
        />
      </svg>
      {name}
    </button>
  );
}

