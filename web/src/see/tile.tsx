/** One generation in the gallery: what it shows, and what can be done with it at once. */
import { FirepodError, type Generation, pathOf } from "firepod";
import { useFirepod } from "firepod/react";
import { memo } from "preact/compat";
import { useEffect, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { Icon } from "../ui/icon.js";
import { clock, labelOf, wordsOf } from "../ui/text.js";
import { stageOf } from "./stages.js";
import { Thumb } from "./thumb.js";

export interface TileProps {
  generation: Generation;
  selected: boolean;
  selecting: boolean;
  onOpen: () => void;
  onSelect: (range: boolean) => void;
}

export const Tile = memo(
  function Tile({ generation, selected, selecting, onOpen, onSelect }: TileProps) {
    const words = wordsOf(generation);
    return (
      <article class={`tile ${generation.media_type}`} data-status={generation.status} data-uid={generation.file_uid}>
        <button
          type="button"
          class="tile-open"
          aria-label={`${labelOf(generation.task_type)}: ${words || generation.status}`}
          onClick={(event) => (selecting || event.shiftKey ? onSelect(event.shiftKey) : onOpen())}
        >
          <Shown generation={generation} />
          <span class="tile-words">{words}</span>
        </button>
        <Quick generation={generation} />
        <label class="tile-select">
          <input
            type="checkbox"
            checked={selected}
            aria-label={`Select ${words || generation.file_uid}`}
            onClick={(event) => onSelect(event.shiftKey)}
          />
        </label>
      </article>
    );
  },
  (one, other) =>
    one.generation === other.generation && one.selected === other.selected && one.selecting === other.selecting,
);

/** What one wants at once of one that runs, or did not come to its end. */
function Quick({ generation }: { generation: Generation }) {
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
    <button type="button" class="tile-quick" disabled={busy} onClick={act}>
      {ended ? "Try again" : "Cancel"}
    </button>
  );
}

function Shown({ generation }: { generation: Generation }) {
  const { status, media_type, generation_data, preview } = generation;
  const [first] = generation_data?.outputs ?? [];
  if (status === "completed") {
    const picture = first?.thumb_url ?? (media_type === "images" ? first?.url ?? generation_data?.image_url : undefined);
    const several = (generation_data?.outputs?.length ?? 1) > 1 && media_type === "images";
    return (
      <>
        {picture === undefined ? (
          <span class="tile-sound">
            <Icon name={media_type} />
          </span>
        ) : (
          <Thumb url={picture} hash={first?.thumbhash} alt="" />
        )}
        {media_type === "videos" && (
          <span class="tile-mark">
            <Icon name="play" />
            {first?.duration_seconds === undefined ? "" : clock(first.duration_seconds)}
          </span>
        )}
        {several && <span class="tile-mark">{generation_data!.outputs!.length}</span>}
      </>
    );
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
