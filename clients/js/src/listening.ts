import { FirepodError } from "./errors.js";
import type { Services } from "./services.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

interface Heard {
  readonly metadata: { readonly fromCache: boolean };
}

/** How to listen, and whom to tell. */
export interface Listening<Snapshot extends Heard> {
  /** Starts Firestore's listener, which has to include changes of metadata; returns what ends it. */
  begin: (next: (snapshot: Snapshot) => void, error: (reason: unknown) => void) => () => void;
  /** `again`: the first one of a listener that had died. */
  next: (snapshot: Snapshot, again: boolean) => void;
  /** Told why it hears nothing; unless `isFinal` it is tried again. */
  error: (reason: FirepodError) => void;
  isFinal: (reason: FirepodError) => boolean;
}

/**
 * A listener that begins again when it has died, with longer and longer pauses, as long as the same user is signed in; and that
 * says whether it hears the server. (Firestore's SDK heals lost connections itself, but not what a server has ended.)
 */
export function listen<Snapshot extends Heard>(
  services: Services,
  { begin, next, error, isFinal }: Listening<Snapshot>,
): () => void {
  const { connection } = services;
  const userId = services.currentUserId();
  const name = {};
  let wait = FIRST_PAUSE_MS;
  let died = false;
  let ended = false;
  let stop = () => {};

  const start = () => {
    stop = begin(
      (snapshot) => {
        if (snapshot.metadata.fromCache) {
          connection.missing(name);
        } else {
          connection.reached(name);
          wait = FIRST_PAUSE_MS;
        }
        const again = died;
        died &&= snapshot.metadata.fromCache;
        next(snapshot, again && !died);
      },
      (reason) => void restart(FirepodError.from(reason)),
    );
    if (ended) {
      stop();
    }
  };

  const restart = async (reason: FirepodError) => {
    connection.reached(name);
    if (ended || services.currentUserId() !== userId) {
      return;
    }
    error(reason);
    if (isFinal(reason)) {
      return;
    }
    died = true;
    await connection.pause(wait);
    wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
    if (!ended && services.currentUserId() === userId) {
      start();
    }
  };

  start();
  return () => {
    ended = true;
    stop();
    connection.reached(name);
  };
}
