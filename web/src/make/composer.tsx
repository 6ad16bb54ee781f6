/** The form that starts a generation: words first, then whatever else one wants to say. */
import type { TaskType } from "firepod";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { type Values, usePage } from "../context.js";
import { CodeBlock } from "../develop/code.js";
import { snippets } from "../develop/snippets.js";
import { TASKS } from "../tasks.js";
import { Icon } from "../ui/icon.js";
import { Cost } from "./cost.js";
import { useDropped } from "./dropped.js";
import { FieldControl } from "./fields.js";
import { type FileValue, problemOf } from "./file_field.js";
import { ModelField } from "./model_field.js";
import { fieldsOf, isFixed, modelOf, requestOf, shapesOf, textOf } from "./request.js";
import { Shapes } from "./shapes.js";
import { useSubmission } from "./submission.js";

const TASK_TYPES = Object.keys(TASKS) as TaskType[];
const ONE_COLUMN = "(max-width: 58rem)"; // as in styles/narrow.css

export function Composer() {
  const page = usePage();
  const { draft, models, voices } = page;
  const [taskType, setTaskType] = useState<TaskType>(draft.taskType);
  const [values, setValues] = useState<Values>(draft.values);
  const [last, setLast] = useState("");
  const [twice, setTwice] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submission = useSubmission(() => {
    const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    wrong?.closest("details")?.setAttribute("open", "");
    wrong?.focus();
  });
  const { busy, problems, alert } = submission;

  const task = TASKS[taskType];
  const able = models.filter(({ tasks }) => tasks.includes(taskType));
  const model = modelOf(models, taskType, values.model);
  const fields = useMemo(() => fieldsOf(taskType, model), [taskType, model]);
  const request = requestOf(taskType, withVoice(values, voices.map(({ file_uid }) => file_uid)), fields, model);
  const nothing = page.modelsKnown === "known" && able.length === 0 ? `Nothing here makes this: no endpoint has a model for it.` : "";

  const fill = (changed: Values) => {
    // A mask is of one picture.
    const unmasked = "init_image" in changed && values.init_image !== undefined && { mask_image: undefined };
    setValues((known) => ({ ...known, ...changed, ...unmasked }));
    setTwice(false);
    Object.keys(changed).forEach((name) => submission.forget(name));
  };
  const turnTo = (type: TaskType) => {
    setTaskType(type);
    setTwice(false);
    submission.forget();
  };

  useEffect(() => {
    if (draft.turn === 0) return;
    turnTo(draft.taskType);
    setValues(draft.values);
    form.current?.scrollIntoView({ block: "start" });
    form.current?.querySelector<HTMLElement>("textarea, input[type=text]")?.focus();
  }, [draft.turn]);

  const held = useDropped((file) => {
    const placeOf = (type: TaskType) => {
      const fit = TASKS[type].fields.filter(({ kind, accept }) => kind === "file" && problemOf(file, accept ?? "") === "");
      return fit.find(({ name }) => values[name] === undefined) ?? fit[0];
    };
    const type = placeOf(taskType) === undefined ? TASK_TYPES.find((one) => placeOf(one) !== undefined) : taskType;
    if (type === undefined) {
      const kinds = TASK_TYPES.flatMap((one) => TASKS[one].fields.map(({ accept }) => accept ?? ""));
      submission.complain(problemOf(file, kinds.join()));
      return;
    }
    if (type !== taskType) turnTo(type);
    fill({ [placeOf(type)!.name]: file });
  });

  async function submit() {
    if (nothing !== "" || busy !== "") return;
    const text = textOf(request);
    // "Same again", untouched, is the request of what it was taken from.
    const same = text === last || (draft.turn > 0 && values === draft.values && values.seed !== undefined);
    if (same && isFixed(request, fields) && !twice) {
      setTwice(true);
      return;
    }
    setTwice(false);
    if (!(await submission.send(request, fields))) return;
    setLast(text);
    page.say(`${task.label}: asked`);
    if (matchMedia(ONE_COLUMN).matches) document.querySelector(".gallery")?.scrollIntoView({ behavior: "smooth" });
  }

  const control = (name: string) => (
    <FieldControl
      key={name}
      field={fields.find((one) => one.name === name)!}
      value={values[name]}
      problem={problems.get(name)}
      voices={voices}
      voicesKnown={page.voicesKnown}
      start={values.init_image as FileValue}
      onChange={(value) => fill({ [name]: value })}
    />
  );
  const sizes: readonly string[] = task.sizes?.names ?? [];
  const first = fields.filter(({ advanced, name }) => !advanced && !sizes.includes(name));
  const more = fields.filter(({ advanced }) => advanced);

  return (
    <form
      ref={form}
      class={`panel composer ${held ? "held" : ""}`}
      noValidate
      aria-label="New generation"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        const inDialog = event.target instanceof Element && event.target.closest("dialog") !== null;
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !inDialog) {
          event.preventDefault();
          void submit();
        }
      }}
    >
      <fieldset class="tasks">
        <legend class="visually-hidden">Task</legend>
        {TASK_TYPES.map((type) => (
          <label class="task" key={type}>
            <input type="radio" name="task_type" value={type} checked={type === taskType} onChange={() => turnTo(type)} />
            <Icon name={TASKS[type].mediaType} />
            <span>{TASKS[type].label}</span>
          </label>
        ))}
      </fieldset>
      {/* Words first, then files, then numbers. */}
      {first.filter(({ kind }) => kind !== "file" && !isNumber(kind)).map(({ name }) => control(name))}
      {taskType === "tts" && page.voicesKnown === "known" && voices.length === 0 && (
        <button type="button" onClick={() => turnTo("voice_clone")}>
          <Icon name="voices" />
          Clone a voice
        </button>
      )}
      {first.filter(({ kind }) => kind === "file").map(({ name }) => control(name))}
      {sizes.length > 0 && (
        <div>
          <Shapes shapes={shapesOf(taskType, model)} names={sizes} fields={fields} values={values} onChoose={fill} />
          <div class="pair">{sizes.map(control)}</div>
        </div>
      )}
      <div class="fields">{first.filter(({ kind }) => isNumber(kind)).map(({ name }) => control(name))}</div>
      {able.length > 1 && (
        <ModelField
          models={able}
          usual={modelOf(models, taskType, undefined)}
          value={values.model}
          onChange={(id) => fill({ model: id })}
        />
      )}
      <details class="more">
        <summary>More settings</summary>
        <div class="fields">{more.map(({ name }) => control(name))}</div>
      </details>
      <AsCode request={request} />
      <div class="submit">
        {(alert || nothing) !== "" && (
          <div class="alert" role="alert">
            <Icon name="warning" />
            <p>{alert || nothing}</p>
          </div>
        )}
        {twice && (
          <div class="alert" role="alert">
            <Icon name="warning" />
            <p>
              This was asked for already: it makes the very same and costs once more. Press again to make it
              {values.seed !== undefined && (
                <>
                  , or{" "}
                  <button type="button" class="link" onClick={() => fill({ seed: undefined })}>
                    let the seed change
                  </button>
                </>
              )}
              .
            </p>
          </div>
        )}
        <Cost request={request} fields={fields} model={model} known={page.modelsKnown} />
        <button type="submit" class="primary" aria-disabled={busy !== "" || nothing !== ""} title="Ctrl+Enter">
          {busy || task.verb}
        </button>
        {busy !== "" && (
          <button type="button" class="quiet" onClick={submission.stop}>
            Stop
          </button>
        )}
      </div>
    </form>
  );
}

/** Written only while it is looked at: a text may have 50,000 characters. */
function AsCode({ request }: { request: Values }) {
  const page = usePage();
  const [open, setOpen] = useState(false);
  return (
    <details class="as-code" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>As code</summary>
      {open && <CodeBlock snippets={snippets(request, page)} />}
    </details>
  );
}

function isNumber(kind: string): boolean {
  return kind === "integer" || kind === "number";
}

/** Speech is spoken with the newest voice, unless another one that is there is chosen. */
function withVoice(values: Values, voices: readonly string[]): Values {
  const chosen = voices.length === 0 || voices.includes(String(values.voice_id));
  return chosen ? values : { ...values, voice_id: voices[0] };
}
