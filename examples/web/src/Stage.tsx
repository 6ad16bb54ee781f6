import { hasEnded, outputsOf } from "firepod";
import { useGeneration } from "firepod/react";
import { useState } from "react";

import { sentence } from "./backend";
import type { Start } from "./Composer";
import { promptOf } from "./Gallery";

/** One generation, large: how far it is, how it looks so far, and what can be done with it. */
export function Stage({ path, onStart }: { path: string; onStart: (start: Start) => void }) {
  const { generation, loading, error, handle } = useGeneration(path);
  const [problem, setProblem] = useState("");
  if (error) {
    return <p role="alert">{error.message}</p>;
  }
  if (generation === undefined || handle === undefined) {
    return loading ? <p role="status">Looking …</p> : <p role="status">This picture was discarded.</p>;
  }
  const { status, progress, preview } = generation;
  const [picture] = outputsOf(generation);
  const look = picture?.url ?? preview;
  const act = (done: Promise<unknown>) => {
    setProblem("");
    done.catch((reason: unknown) => setProblem(sentence(reason)));
  };
  return (
    <section className="stage" aria-label="The picture" data-status={status}>
      {look && <img src={look} alt={promptOf(generation)} className={picture ? "" : "preview"} />}
      {!hasEnded(status) && <progress aria-label="Progress" {...(progress !== undefined && { value: progress })} />}
      <p role="status">{status === "failed" ? generation.error : `${WORDS[status]}${promptOf(generation)}`}</p>
      <div className="row">
        {!hasEnded(status) && (
          <button type="button" onClick={() => act(handle.cancel())}>
            Cancel
          </button>
        )}
        {picture && (
          <button type="button" onClick={() => onStart({ path: picture.path, url: picture.thumb_url ?? picture.url })}>
            Use as start
          </button>
        )}
        {(status === "failed" || status === "cancelled") && (
          <button type="button" onClick={() => act(handle.retry())}>
            Try again
          </button>
        )}
        {hasEnded(status) && (
          <button type="button" onClick={() => act(handle.discard())}>
            Discard
          </button>
        )}
      </div>
      {problem && <p role="alert">{problem}</p>}
    </section>
  );
}

const WORDS = { queued: "Waiting: ", processing: "Working: ", completed: "", failed: "", cancelled: "Cancelled: " };
