/** One generation in full: what it made, its life, and what can be done with it. */
import { type Generation, type OutputFile, hasEnded, outputsOf, pathOf } from "firepod";
import { useGeneration } from "firepod/react";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { CodeBlock } from "../develop/code.js";
import { snippets } from "../develop/snippets.js";
import { valuesOf } from "../make/request.js";
import { Dialog } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { bytes, dollars, duration, labelOf, moment, wordsOf } from "../ui/text.js";
import { Actions } from "./actions.js";
import { Life } from "./life.js";
import { Compare, Zoom } from "./picture.js";
import { SoundPlayer } from "./player.js";
import { smallOf, urlOf, useOpening } from "./opening.js";
import { notePreview } from "./previews.js";
import { Thumb } from "./thumb.js";
import { Waiting } from "./tile.js";

export function Detail({
  path,
  listed,
  around,
  onGo,
  onClose,
  onLeave,
}: {
  path: string;
  /** As the list knows it, until it is heard of itself. */
  listed: Generation | undefined;
  /** Those of the list beside it. */
  around: { before: Generation | undefined; after: Generation | undefined };
  onGo: (generation: Generation) => void;
  onClose: () => void;
  /** Closed for the form, which takes the focus. */
  onLeave: () => void;
}) {
  const { generation: heard, loading, error } = useGeneration(path);
  const generation = heard !== undefined && pathOf(heard) === path ? heard : listed;
  useEffect(() => {
    if (!loading && heard === undefined && error === undefined) onClose(); // it was discarded
  }, [loading, heard, error]);
  if (generation !== undefined) notePreview(generation);
  const go = (other: Generation | undefined) => other !== undefined && onGo(other);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.target instanceof Element && event.target.closest(TAKES_ARROWS)) return;
      const flipped = document.documentElement.dir === "rtl";
      if (event.key === "ArrowLeft") go(flipped ? around.after : around.before);
      if (event.key === "ArrowRight") go(flipped ? around.before : around.after);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [around.before, around.after]);
  return (
    <Dialog label={generation === undefined ? "Generation" : labelOf(generation.task_type)} kind="whole" onClose={onClose}>
      <div class="detail">
        <div class="detail-bar">
          {/* Not `disabled`: at the end of the list the focus would be lost. */}
          <button type="button" class="icon-only flips" aria-label="Newer" aria-disabled={!around.before} onClick={() => go(around.before)}>
            <Icon name="left" />
          </button>
          <button type="button" class="icon-only flips" aria-label="Older" aria-disabled={!around.after} onClick={() => go(around.after)}>
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
        {loading && generation === undefined && <p class="loading">Loading…</p>}
        {generation !== undefined && <Whole generation={generation} onDone={onLeave} />}
      </div>
    </Dialog>
  );
}

const TAKES_ARROWS = "input, textarea, select, video, audio, dialog.small";

function Whole({ generation, onDone }: { generation: Generation; onDone: () => void }) {
  const outputs = outputsOf(generation);
  const [shown, setShown] = useState(0);
  const [other, setOther] = useState<number>(); // what it is compared with
  const path = pathOf(generation);
  useEffect(() => {
    setShown(0);
    setOther(undefined);
  }, [path]);
  const show = (index: number) => {
    if (index !== shown) setOther(shown);
    setShown(index);
  };
  const output = useOpeningOutput(outputs[Math.min(shown, outputs.length - 1)]);
  const compared = useOpeningOutput(outputs[other ?? (shown === 0 ? 1 : 0)]);
  return (
    <>
      <div class="detail-media">
        <Media generation={generation} output={output} other={compared} />
        {outputs.length > 1 && generation.media_type === "images" && (
          <div class="row center" role="group" aria-label="Pictures">
            {outputs.map((one, index) => (
              <button
                type="button"
                key={one.path}
                class="variant"
                aria-pressed={index === shown}
                aria-label={`Picture ${index + 1}`}
                onClick={() => show(index)}
              >
                <Thumb small={smallOf(generation, index)!} alt="" />
              </button>
            ))}
          </div>
        )}
      </div>
      <div class="detail-side">
        <h2>{labelOf(generation.task_type)}</h2>
        <p class="detail-words" dir="auto">
          {wordsOf(generation)}
        </p>
        {generation.status === "failed" && <p class="problem">{generation.error ?? "It failed."}</p>}
        <Actions generation={generation} output={output} onDone={onDone} />
        <Life generation={generation} output={output} />
        <Facts generation={generation} output={output} />
        <Code generation={generation} />
      </div>
    </>
  );
}

type Opening = OutputFile & { failed: () => void };

/** With a URL that opens, if there is one; `failed` is to be told that it did not. */
function useOpeningOutput(output: OutputFile | undefined): Opening | undefined {
  const [url, failed] = useOpening(output?.url ?? "", output?.path);
  return output && { ...output, url, failed };
}

function Media({
  generation,
  output,
  other,
}: {
  generation: Generation;
  output: Opening | undefined;
  /** Another picture of the same request. */
  other: Opening | undefined;
}) {
  const [comparing, setComparing] = useState(false);
  const path = pathOf(generation);
  useEffect(() => setComparing(false), [path]);
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
      const before = start ?? other?.url;
      const can = other !== undefined || typeof generation.request_data.init_image === "string";
      return (
        <>
          {comparing && before !== undefined ? (
            <Compare before={before} after={output.url} label={words} onError={() => (output.failed(), other?.failed())} />
          ) : (
            <Zoom url={output.url} label={words} width={output.width} height={output.height} onError={output.failed} />
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
          onError={output.failed}
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
      return <SoundPlayer url={output.url} label={words} onError={output.failed} />;
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
    urlOf(backend, path).then((found) => current && setUrl(found), () => {});
    return () => {
      current = false;
    };
  }, [path, wanted]);
  return url;
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
