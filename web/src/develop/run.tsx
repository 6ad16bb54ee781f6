/** A generation with which something goes wrong, to its end. */
import { type Generation, type Status, hasEnded } from "firepod";
import { useGeneration } from "firepod/react";

import { lifeOf } from "../see/stages.js";
import { smallOf } from "../see/opening.js";
import { Thumb } from "../see/thumb.js";
import { Waiting } from "../see/tile.js";
import { Icon } from "../ui/icon.js";
import { duration, labelOf, wordsOf } from "../ui/text.js";
import type { Fault } from "./faults.js";

export interface Run {
  fault: Fault;
  path: string;
  fileUid: string;
}

interface Props {
  run: Run;
  followed: boolean;
  onFollow: (is: boolean) => void;
  onOpen: (generation: Generation) => void;
  onCallAgain: () => void;
}

export function RunCard({ run, followed, onFollow, onOpen, onCallAgain }: Props) {
  const { generation, loading } = useGeneration(run.path);
  const ended = generation !== undefined && hasEnded(generation.status);
  return (
    <article class={`run panel ${followed ? "followed" : ""}`} data-fault={run.fault.name} data-status={generation?.status}>
      <h3>{run.fault.label}</h3>
      {generation === undefined ? (
        <p class="hint">{loading ? "Loading…" : "It was discarded."}</p>
      ) : (
        <>
          <div class="run-now">
            <Shown generation={generation} />
            <div>
              <p class="run-words">{wordsOf(generation) || labelOf(generation.task_type)}</p>
              {ended ? <End fault={run.fault} generation={generation} /> : <Waiting generation={generation} />}
            </div>
          </div>
          <ol class="run-life">
            {lifeOf(generation).map(({ text, after }, index) => (
              <li key={index}>
                {text}
                {after !== undefined && <small> +{duration(after)}</small>}
              </li>
            ))}
          </ol>
        </>
      )}
      <div class="row run-acts">
        <button type="button" class="small" aria-pressed={followed} onClick={() => onFollow(!followed)}>
          {followed ? "Show all events" : "Only its events"}
        </button>
        {ended && (
          <>
            <button type="button" class="small" onClick={() => onOpen(generation)}>
              Open
            </button>
            {generation.status === "completed" && (
              <button type="button" class="small" onClick={onCallAgain}>
                Call back again
              </button>
            )}
          </>
        )}
      </div>
    </article>
  );
}

function Shown({ generation }: { generation: Generation }) {
  const small = smallOf(generation, 0);
  return <span class="run-picture">{small === undefined ? <Icon name={generation.media_type} /> : <Thumb small={small} alt="" />}</span>;
}

function End({ fault, generation: { status, error } }: { fault: Fault; generation: Generation }) {
  const why = fault.ends[status as Status];
  return (
    <p class={`run-end ${why === undefined ? "bad" : "good"}`}>
      <Icon name={why === undefined ? "warning" : "check"} />
      <span>
        {why ?? `It ended otherwise than it should: ${status}.`}
        {error !== undefined && <small>“{error}”</small>}
      </span>
    </p>
  );
}
