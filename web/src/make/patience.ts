/** What waits for the connection goes on by itself, or is stopped. */
import type { Asking, UploadOptions } from "firepod";
import { useEffect, useRef, useState } from "preact/hooks";

/** What the calls of something that was begun are given: it waits, and can be stopped. */
export interface Begun {
  uploading: UploadOptions;
  asking: Asking;
}

export interface Patience {
  /** Whether something waits for the connection at present. */
  waiting: boolean;
  /** For what is begun now. */
  begin: () => Begun;
  /** Stop what was begun. */
  stop: () => void;
}

export function usePatience(): Patience {
  const [waiting, setWaiting] = useState(false);
  const begun = useRef<AbortController>();
  useEffect(() => () => begun.current?.abort(), []); // whoever is gone waits for nothing
  return {
    waiting,
    begin() {
      const { signal } = (begun.current = new AbortController());
      setWaiting(false);
      return {
        uploading: { signal, onWaiting: setWaiting },
        asking: { signal, patient: true, onWaiting: () => setWaiting(true) },
      };
    },
    stop: () => begun.current?.abort(),
  };
}

/** Says `text` after so many seconds, unless something else was said before. */
export function useLater(say: (text: string) => void): (text: string, seconds?: number) => void {
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  return (text, seconds) => {
    clearTimeout(timer.current);
    if (seconds !== undefined) timer.current = setTimeout(() => say(text), seconds * 1000);
  };
}
