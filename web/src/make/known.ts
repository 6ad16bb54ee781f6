/** What the form has to know of the backend: it is asked again until it answers. */
import type { Generation, Model } from "firepod";
import { useFirepod, useGenerations, useQuota } from "firepod/react";
import { useEffect, useMemo, useState } from "preact/hooks";

/** Whether something is known, still being read, or could not be read. */
export type Known = "known" | "loading" | "away";

const AGAIN_AFTER_MS = 5000;

/** What generations can be made with. While nobody knows, the default makes them. */
export function useModels(): { models: readonly Model[]; known: Known } {
  const firepod = useFirepod();
  const [state, setState] = useState<{ models: readonly Model[]; known: Known }>({ models: [], known: "loading" });
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout>;
    let over = false;
    const ask = () =>
      firepod.models().then(
        (models) => over || setState({ models, known: "known" }),
        () => {
          if (over) return;
          setState((before) => ({ ...before, known: "away" }));
          waiting = setTimeout(ask, AGAIN_AFTER_MS);
        },
      );
    void ask();
    return () => {
      over = true;
      clearTimeout(waiting);
    };
  }, [firepod]);
  return state;
}

/** The user's completed voices. */
export function useVoices(): { voices: readonly Generation[]; known: Known } {
  const { generations, loading, error } = useGenerations({ mediaTypes: VOICES, pageSize: 100 });
  const voices = useMemo(() => generations.filter(({ status }) => status === "completed"), [generations]);
  return { voices, known: error !== undefined ? "away" : loading ? "loading" : "known" };
}

const VOICES = ["voices"] as const;

/** What is left of today; asked again while it cannot be read. */
export function useLeft() {
  const { quota, error, refresh } = useQuota();
  useEffect(() => {
    if (error === undefined) return;
    const waiting = setTimeout(refresh, AGAIN_AFTER_MS);
    return () => clearTimeout(waiting);
  }, [error, refresh]);
  return { quota, away: error !== undefined };
}
