/** The user's own pictures, to begin with one of them. */
import { outputsOf } from "firepod";
import { useGenerations } from "firepod/react";

import { smallOf } from "../see/opening.js";
import { Thumb } from "../see/thumb.js";
import { Dialog } from "../ui/dialog.js";
import { wordsOf } from "../ui/text.js";
import type { Own } from "./file_field.js";

const PICTURES = ["images"] as const;

export function OwnPictures({ onChosen, onClose }: { onChosen: (own: Own) => void; onClose: () => void }) {
  const { generations, loading, error, hasOlder, loadOlder } = useGenerations({ mediaTypes: PICTURES, pageSize: 30 });
  const pictures = generations.flatMap((generation) =>
    generation.status === "completed" ? outputsOf(generation).map(({ path }, index) => ({ path, small: smallOf(generation, index)!, words: wordsOf(generation) })) : [],
  );
  return (
    <Dialog label="Your pictures" kind="wide" onClose={onClose}>
      <h2>Your pictures</h2>
      {loading && <p class="hint">Loading…</p>}
      {error !== undefined && (
        <p class="problem" role="alert">
          {error.message}
        </p>
      )}
      {!loading && error === undefined && pictures.length === 0 && <p class="hint">You have made none yet.</p>}
      <div class="own-pictures">
        {pictures.map(({ path, small, words }) => (
          <button
            type="button"
            key={path}
            aria-label={words || path}
            title={words}
            onClick={() => onChosen({ path, url: small.url, words })}
          >
            <Thumb small={small} alt="" />
          </button>
        ))}
      </div>
      <div class="row end">
        {hasOlder && (
          <button type="button" class="quiet" onClick={() => void loadOlder()}>
            Older ones
          </button>
        )}
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
