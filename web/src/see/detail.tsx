/** One generation in full: what it made, its life, and what can be done with it. */
import {
  FirepodError,
  type Generation,
  type OutputFile,
  type TaskType,
  hasEnded,
  outputsOf,
  pathOf,
} from "firepod";
import { useFirepod, useGeneration } from "firepod/react";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { CodeBlock } from "../develop/code.js";
import { snippets } from "../develop/snippets.js";
import { valuesOf } from "../make/request.js";
import { TASKS } from "../tasks.js";
import { Dialog, Question } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { bytes, dollars, duration, labelOf, moment, wordsOf } from "../ui/text.js";
import { Compare, Zoom } from "./picture.js";
import { SoundPlayer } from "./player.js";
import { lifeOf } from "./stages.js";
import { Waiting } from "./tile.js";

export function Detail({
  path,
  around,
  onGo,
  onClose,
}: {
  path: string;
  /** Those of the list beside it. */
  around: { before: Generation | undefined; after: Generation | undefined };
  onGo: (generation: Generation) => void;
  onClose: () => void;
}) {
  const { generation, loading, error } = useGeneration(path);
  useEffect(() => {
    if (!loading && generation === undefined && error === undefined) onClose(); // it was discarded
  }, [loading, generation, error]);
  const go = (other: Generation | undefined) => other !== undefined && onGo(other);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof Element && event.target.closest("input, textarea, select, video, audio")) return;
      if (event.key === "ArrowLeft") go(around.before);
      if (event.key === "ArrowRight") go(around.after);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [around]);
  return (
    <Dialog label={generation === undefined ? "Generation" : labelOf(generation.task_type)} kind="whole" onClose={onClose}>
      <div class="detail">
        <div class="detail-bar">
          <button type="button" class="icon-only" aria-label="Newer" disabled={!around.before} onClick={() => go(around.before)}>
            <Icon name="left" />
          </button>
          <button type="button" class="icon-only" aria-label="Older" disabled={!around.after} onClick={() => go(around.after)}>
            <Icon name="right" />
          </button>
          <span class="grow" />
          <button type="button" class="icon-only" aria-label="Close" autofocus onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        {error !== undefined && (
          <p class="problem" role="alert">
            {error.message}
          </p>
        )}
        {loading && <p class="loading">Loading…</p>}
        {generation !== undefined && <Whole generation={generation} onDone={onClose} />}
      </div>
    </Dialog>
  );
}

function Whole({ generation, onDone }: { generation: Generation; onDone: () => void }) {
  const outputs = outputsOf(generation);
  const [shown, setShown] = useState(0);
  const output = outputs[Math.min(shown, outputs.length - 1)];
  return (
    <>
      <div class="detail-media">
        <Media generation={generation} output={output} outputs={outputs} />
        {outputs.length > 1 && generation.media_type === "images" && (
          <div class="row center" role="group" aria-label="Pictures">
            {outputs.map((one, index) => (
              <button
                type="button"
                key={one.path}
                class="variant"
                aria-pressed={index === shown}
                aria-label={`Picture ${index + 1}`}
                onClick={() => setShown(index)}
              >
                <img src={one.thumb_url ?? one.url} alt="" />
              </button>
            ))}
          </div>
        )}
      </div>
      <div class="detail-side">
        <h2>{labelOf(generation.task_type)}</h2>
        <p class="detail-words">{wordsOf(generation)}</p>
        {generation.status === "failed" && <p class="problem">{generation.error ?? "It failed."}</p>}
        <Actions generation={generation} output={output} onDone={onDone} />
        <Life generation={generation} />
        <Facts generation={generation} output={output} />
        <Code generation={generation} />
      </div>
    </>
  );
}

function Media({
  generation,
  output,
  outputs,
}: {
  generation: Generation;
  output: OutputFile | undefined;
  outputs: OutputFile[];
}) {
  const [comparing, setComparing] = useState(false);
  const start = useStart(generation, comparing);
  const words = wordsOf(generation);
  if (output === undefined || generation.status !== "completed") {
    return (
      <div class="detail-waiting">
        {generation.preview !== undefined && <img class="preview" src={generation.preview} alt="As it looks so far" />}
        {hasEnded(generation.status) ? (
          <Icon name={generation.status === "failed" ? "warning" : "stopped"} />
        ) : (
          <Waiting generation={generation} />
        )}
      </div>
    );
  }
  switch (generation.media_type) {
    case "images": {
      const other = start ?? outputs.find((one) => one !== output)?.url;
      const can = outputs.length > 1 || typeof generation.request_data.init_image === "string";
      return (
        <>
          {comparing && other !== undefined ? (
            <Compare before={other} after={output.url} label={words} />
          ) : (
            <Zoom url={output.url} label={words} width={output.width} height={output.height} />
          )}
          {can && (
            <button type="button" class="compare-button" aria-pressed={comparing} onClick={() => setComparing(!comparing)}>
              <Icon name="compare" />
              Compare
            </button>
          )}
        </>
      );
    }
    case "videos":
      return (
        <video
          src={output.url}
          poster={output.thumb_url}
          controls
          loop
          muted
          playsInline
          preload="metadata"
          aria-label={words}
        />
      );
    default:
      return <SoundPlayer url={output.url} label={words} />;
  }
}

/** Where the picture is that it began with, while that is wanted. */
function useStart(generation: Generation, wanted: boolean): string | undefined {
  const { backend } = usePage();
  const [url, setUrl] = useState<string>();
  const path = generation.request_data.init_image;
  useEffect(() => {
    setUrl(undefined);
    if (!wanted || typeof path !== "string") return;
    let current = true;
    void import("firebase/storage").then(async ({ getDownloadURL, getStorage, ref }) => {
      const found = await getDownloadURL(ref(getStorage(backend.app), path)).catch(() => undefined);
      if (current) setUrl(found);
    });
    return () => {
      current = false;
    };
  }, [path, wanted]);
  return url;
}

function Actions({
  generation,
  output,
  onDone,
}: {
  generation: Generation;
  output: OutputFile | undefined;
  onDone: () => void;
}) {
  const page = usePage();
  const firepod = useFirepod();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const handle = firepod.generation(pathOf(generation));
  const act = async (call: () => Promise<unknown>) => {
    setBusy(true);
    setProblem("");
    try {
      await call();
    } catch (error) {
      setProblem(FirepodError.from(error).message);
    } finally {
      setBusy(false);
    }
  };
  const begin = (taskType: TaskType, values: Record<string, unknown>) => {
    onDone();
    page.begin(taskType, values);
  };
  const words = wordsOf(generation);
  const own = output && { path: output.path, url: output.thumb_url ?? output.url, words };
  const known = generation.task_type in TASKS;
  const copy = async (text: string, what: string) => {
    await navigator.clipboard.writeText(text);
    page.say(`${what} copied`);
  };
  return (
    <div class="actions">
      {!hasEnded(generation.status) && (
        <button type="button" disabled={busy} onClick={() => act(() => handle.cancel())}>
          Cancel
        </button>
      )}
      {(generation.status === "failed" || generation.status === "cancelled") && (
        <button type="button" class="primary" disabled={busy} onClick={() => act(() => handle.retry())}>
          Try again
        </button>
      )}
      {generation.status === "completed" && known && (
        <>
          <button type="button" onClick={() => begin(generation.task_type, valuesOf(generation, false))}>
            <Icon name="dice" />
            Vary
          </button>
          <button type="button" onClick={() => begin(generation.task_type, valuesOf(generation, true))}>
            <Icon name="again" />
            Same again
          </button>
        </>
      )}
      {generation.status === "completed" && generation.media_type === "images" && own && (
        <>
          <button type="button" onClick={() => begin("img2img", { prompt: words, init_image: own })}>
            Use as start
          </button>
          <button type="button" onClick={() => begin("img2video", { prompt: words, init_image: own })}>
            Make a video of it
          </button>
          <button type="button" onClick={() => begin("tts", { text: words })}>
            Read it aloud
          </button>
        </>
      )}
      {generation.status === "completed" && generation.media_type === "voices" && (
        <button type="button" onClick={() => begin("tts", { voice_id: generation.file_uid })}>
          Speak with it
        </button>
      )}
      {output && (
        <>
          <Download output={output} />
          <button type="button" class="quiet" onClick={() => copy(output.url, "Link")}>
            <Icon name="link" />
            Copy link
          </button>
        </>
      )}
      {words !== "" && (
        <button type="button" class="quiet" onClick={() => copy(words, "Prompt")}>
          <Icon name="copy" />
          Copy prompt
        </button>
      )}
      <button type="button" class="quiet" disabled={busy} onClick={() => setAsked(true)}>
        <Icon name="bin" />
        Discard
      </button>
      {problem !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {asked && (
        <Question
          title="Discard this generation?"
          yes="Discard"
          onAnswer={(agreed) => {
            setAsked(false);
            if (agreed) void act(() => handle.discard());
          }}
        >
          <p class="quote">{words}</p>
          <p>Its document and its files are deleted. This cannot be undone.</p>
        </Question>
      )}
    </div>
  );
}

/** A file of another origin is only saved where the page fetches it itself. */
function Download({ output }: { output: OutputFile }) {
  const page = usePage();
  const [busy, setBusy] = useState(false);
  async function save() {
    setBusy(true);
    try {
      const answer = await fetch(output.url);
      if (!answer.ok) throw new Error(String(answer.status));
      const url = URL.createObjectURL(await answer.blob());
      const link = document.createElement("a");
      link.href = url;
      link.download = output.path.slice(output.path.lastIndexOf("/") + 1);
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch {
      page.say("The file cannot be read.");
    } finally {
      setBusy(false);
    }
  }
  return (
    <button type="button" disabled={busy} onClick={save}>
      <Icon name="download" />
      Download
    </button>
  );
}

function Life({ generation }: { generation: Generation }) {
  const lines = lifeOf(generation);
  if (lines.length === 0) return null;
  return (
    <section>
      <h3>Its life</h3>
      <ol class="life">
        {lines.map(({ text, at, after }, index) => (
          <li key={index}>
            <span>{text}</span>
            <time dateTime={at.toISOString()} title={moment(at)}>
              {after === undefined ? moment(at) : `+${duration(after)}`}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Facts({ generation, output }: { generation: Generation; output: OutputFile | undefined }) {
  const { metrics, generation_data, request_data } = generation;
  const rows: [string, ComponentChildren][] = [
    ["Model", generation.model],
    ["Size", output?.width && `${output.width} × ${output.height}`],
    ["Length", output?.duration_seconds && duration(output.duration_seconds)],
    ["File", output && `${output.content_type}, ${bytes(output.size_bytes)}`],
    ["Seed", generation_data?.seed ?? (typeof request_data.seed === "number" ? request_data.seed : undefined)],
    ["Cost", metrics?.cost_usd === undefined ? undefined : dollars(metrics.cost_usd)],
    ["Waited for a GPU", metrics?.delay_ms === undefined ? undefined : duration(metrics.delay_ms / 1000)],
    ["Ran", metrics?.execution_ms === undefined ? undefined : duration(metrics.execution_ms / 1000)],
    ["Attempt", generation.attempt],
    ["Deleted after", generation.expires_at && moment(generation.expires_at.toDate())],
    ["Error code", generation.error_code],
    ["Id", generation.file_uid],
  ];
  return (
    <section>
      <h3>Facts</h3>
      <dl class="facts">
        {rows
          .filter(([, value]) => value !== undefined && value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}

function Code({ generation }: { generation: Generation }) {
  const page = usePage();
  return (
    <details>
      <summary>As code, and the document</summary>
      <CodeBlock
        snippets={[
          ...snippets({ task_type: generation.task_type, ...valuesOf(generation, true) }, page),
          { name: "Document", text: JSON.stringify(generation, asText, 2) },
        ]}
      />
    </details>
  );
}

function asText(_: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && "seconds" in value && "nanoseconds" in value) {
    return new Date(Number(value.seconds) * 1000 + Number(value.nanoseconds) / 1e6).toISOString();
  }
  return value;
}
