/** Several generations at once: which are chosen, and what can be done with them. */
import { type Generation, pathOf } from "firepod";
import { useFirepod } from "firepod/react";
import { useMemo, useRef, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { Question } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";

const AT_A_TIME = 3;

export interface Selection {
  chosen: readonly Generation[];
  has: (generation: Generation) => boolean;
  /** `range`: all from the one chosen last to this one. */
  toggle: (generation: Generation, range: boolean) => void;
  all: () => void;
  clear: () => void;
}

export function useSelection(shown: readonly Generation[]): Selection {
  const [paths, setPaths] = useState<ReadonlySet<string>>(NONE);
  const last = useRef<string>();
  const latest = useRef(shown);
  latest.current = shown;
  return useMemo(
    () => ({
      chosen: paths.size === 0 ? [] : shown.filter((one) => paths.has(pathOf(one))),
      has: (generation) => paths.size > 0 && paths.has(pathOf(generation)),
      toggle(generation, range) {
        const path = pathOf(generation);
        const all = latest.current.map(pathOf);
        const [from, to] = [all.indexOf(last.current ?? path), all.indexOf(path)].sort((a, b) => a - b);
        setPaths((known) => {
          const next = new Set(known);
          if (range && from !== undefined && from >= 0) all.slice(from, to! + 1).forEach((one) => next.add(one));
          else if (!next.delete(path)) next.add(path);
          return next;
        });
        last.current = path;
      },
      all: () => setPaths(new Set(latest.current.map(pathOf))),
      clear: () => setPaths(NONE),
    }),
    [shown, paths],
  );
}

const NONE: ReadonlySet<string> = new Set();

/** What can be done with all that are selected. */
export function SelectionBar({ selection }: { selection: Selection }) {
  const page = usePage();
  const firepod = useFirepod();
  const [asked, setAsked] = useState(false);
  const [left, setLeft] = useState<number>();
  const stopped = useRef(false);
  const count = selection.chosen.length;

  async function discard() {
    const waiting = [...selection.chosen];
    let [done, failed] = [0, 0];
    stopped.current = false;
    setLeft(waiting.length);
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined && !stopped.current; next = waiting.shift()) {
        await firepod.generation(next).discard().then(() => (done += 1), () => (failed += 1));
        setLeft(waiting.length);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    setLeft(undefined);
    if (!stopped.current) selection.clear();
    page.say(`${done} discarded${failed === 0 ? "" : `, ${failed} were not`}`);
  }

  return (
    <div class="selection-bar" role="region" aria-label="Selected">
      <span>{left === undefined ? `${count} selected` : `Discarding, ${left} to go`}</span>
      {left === undefined ? (
        <>
          <button type="button" onClick={selection.all}>
            Select all shown
          </button>
          <button type="button" onClick={selection.clear}>
            Select none
          </button>
          <button type="button" class="danger" onClick={() => setAsked(true)}>
            <Icon name="bin" />
            Discard
          </button>
        </>
      ) : (
        <button type="button" onClick={() => (stopped.current = true)}>
          Stop
        </button>
      )}
      {asked && (
        <Question
          title={`Discard ${count} ${count === 1 ? "generation" : "generations"}?`}
          yes="Discard"
          no={count === 1 ? "Keep it" : "Keep them"}
          onAnswer={(agreed) => {
            setAsked(false);
            if (agreed) void discard();
          }}
        >
          <p>Documents and files are deleted. This cannot be undone.</p>
        </Question>
      )}
    </div>
  );
}
