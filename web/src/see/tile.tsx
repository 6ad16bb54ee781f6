/** One generation in the gallery: what it shows, and what can be done with it at once. */
import { FirepodError, type Generation, pathOf } from "firepod";
import { useFirepod } from "firepod/react";
import { memo } from "preact/compat";
import { useEffect, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { Icon } from "../ui/icon.js";
import { clock, labelOf, wordsOf } from "../ui/text.js";
import { smallOf } from "./opening.js";
import { notePreview } from "./previews.js";
import { SoundLine } from "./sound.js";
import { stageOf } from "./stages.js";
import { Thumb } from "./thumb.js";

export interface TileProps {
  generation: Generation;
  /** Where it stands, in pixels. */
  top: number;
  left: number;
  width: number;
  height: number;
  selected: boolean;
  selecting: boolean;
  /** Whether Tab leads to it; the arrow keys lead to all of them. */
  inReach: boolean;
  onOpen: (generation: Generation) => void;
  onSelect: (generation: Generation, range: boolean) => void;
}

// What is done with it stays the same for all.
const COMPARED = ["generation", "top", "left", "width", "height", "selected", "selecting", "inReach"] as const;

export const Tile = memo(
  function Tile({ generation, top, left, width, height, selected, selecting, inReach, onOpen, onSelect }: TileProps) {
    const tabIndex = inReach ? 0 : -1;
    const words = wordsOf(generation);
    return (
      <article
        class={`tile ${generation.media_type}`}
        data-path={pathOf(generation)}
        data-status={generation.status}
        data-uid={generation.file_uid}
        style={{ top: `${top}px`, insetInlineStart: `${left}px`, width: `${width}px`, height: `${height}px` }}
      >
        <button
          type="button"
          class="tile-open"
          tabIndex={tabIndex}
          aria-label={`${labelOf(generation.task_type)}: ${words || generation.status}`}
          onClick={(event) => 
            selecting || event.shiftKey ? onSelect(generation, event.shiftKey) : onOpen(generation)
          }
        >
          <Shown generation={generation} />
          <span class="tile-words" dir="auto">
            {words}
          </span>
        </button>
        <Mark generation={generation} />
        <Quick generation={generation} tabIndex={tabIndex} />
        <label class="tile-select">
          <input
            type="checkbox"
            tabIndex={tabIndex}
            checked={selected}
            aria-label={`Select ${words || generation.file_uid}`}
            onClick={(event) => onSelect(generation, event.shiftKey)}
          />
        </label>
      </article>
    );
  },
  (one, other) => COMPARED.every((name) => one[name] === other[name]),
);

/** What one wants at once of one that runs, or did not come to its end. */
function Quick({ generation, tabIndex }: { generation: Generation; tabIndex: number }) {
  const firepod = useFirepod();
  const page = usePage();
  const [busy, setBusy] = useState(false);
  const { status } = generation;
  if (status === "completed") return null;
  const ended = status === "failed" || status === "cancelled";
  const act = async () => {
    setBusy(true);
    try {
      const handle = firepod.generation(pathOf(generation));
      await (ended ? handle.retry() : handle.cancel());
    } catch (error) {
      page.say(FirepodError.from(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <button type="button" class="tile-quick" tabIndex={tabIndex} disabled={busy} onClick={act}>
      {ended ? "Try again" : "Cancel"}
    </button>
  );
}

/** How long it is, or how many there are. */
function Mark({ generation: { status, media_type, generation_data } }: { generation: Generation }) {
  const outputs = generation_data?.outputs ?? [];
  if (status !== "completed" || (media_type === "images" && outputs.length < 2)) return null;
  const seconds = outputs[0]?.duration_seconds;
  return (
    <span class="tile-mark">
      {media_type !== "images" && <Icon name="play" />}
      {media_type === "images" ? outputs.length : seconds !== undefined && clock(seconds)}
    </span>
  );
}

function Shown({ generation }: { generation: Generation }) {
  const { status, media_type, generation_data, preview } = generation;
  notePreview(generation);
  if (status === "completed") {
    const small = smallOf(generation, 0);
    return small === undefined ? <SoundLine media={media_type} output={generation_data?.outputs?.[0]} /> : <Thumb small={small} alt="" />;
  }
  if (status === "failed" || status === "cancelled") {
    return (
      <span class="tile-state">
        <Icon name={status === "failed" ? "warning" : "stopped"} />
        {status === "failed" ? (generation.error ?? "It failed.") : "Cancelled"}
      </span>
    );
  }
  return (
    <>
      {preview !== undefined && <img class="preview" src={preview} alt="" />}
      <Waiting generation={generation} />
    </>
  );
}

/** What is true while one waits, and for how long already. */
export function Waiting({ generation }: { generation: Generation }) {
  const { stage, text, since } = stageOf(generation);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, []);
  const progress = stage === "working" ? generation.progress : undefined;
  return (
    <span class="waiting">
      <span>
        {text}
        {progress !== undefined && ` ${Math.round(progress * 100)} %`}
        <span class="elapsed"> {clock((now - since) / 1000)}</span>
      </span>
      <progress max={1} {...(progress !== undefined && { value: progress })} aria-label={`${labelOf(generation.task_type)}, progress`} />
    </span>
  );
}
