import { type Timer, clearTimer, fetched, isOnline, onNetwork, timer } from "./platform.js";

// The first moments of a listener, and a call that fails once, are no outage yet.
const SETTLES_MS = 1500;
const ANSWERS_WITHIN_MS = 5000;
const LONGEST_PAUSE_MS = 30_000;

const CALLS = "calls";
const NETWORK = "network";

/**
 * Whether the backend is reached, as far as the platform, calls and listeners tell.
 *
 * Firestore's listeners heal by themselves and calls are made again by whoever makes them: this only knows how it is, and asks for
 * the backend's health with longer and longer pauses while calls have failed and somebody wants to know.
 */
export class Connection {
  readonly #healthUrl: () => string;
  /** What is not reached: the network, the calls, and each listener that hears its cache only. */
  readonly #missing = new Set<unknown>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #wakers = new Set<() => void>();
  #connected = true;
  #settling: Timer | undefined;
  #asking = false;
  #ignoreNetwork = () => {};

  constructor(healthUrl: () => string) {
    this.#healthUrl = healthUrl;
  }

  /** Told whether it is there now and at each change. Returns what ends it. */
  subscribe(next: (connected: boolean) => void): () => void {
    const listener = (connected: boolean) => next(connected);
    if (this.#listeners.size === 0) {
      this.#ignoreNetwork = onNetwork((online) => (online ? this.#networkIsBack() : this.missing(NETWORK)));
      if (!isOnline()) {
        this.missing(NETWORK);
      }
    }
    this.#listeners.add(listener);
    listener(this.#connected);
    void this.#ask();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) {
        this.#ignoreNetwork();
        this.#missing.delete(NETWORK);
      }
    };
  }

  /** Called when it is worth while to try again at once. Returns what ends it. */
  onWake(act: () => void): () => void {
    this.#wakers.add(act);
    return () => this.#wakers.delete(act);
  }

  /** Whoever waits to try again does so now. */
  wake(): void {
    for (const act of [...this.#wakers]) {
      act();
    }
  }

  /** A pause before something is tried again; a connection that comes back ends it. */
  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimer(waiting);
        forget();
        resolve();
      };
      const waiting = timer(end, milliseconds);
      const forget = this.onWake(end);
    });
  }

  /** Whether a call was answered, whatever the answer was. */
  answered(was: boolean): void {
    if (was) {
      this.reached(CALLS);
    } else {
      this.missing(CALLS);
      void this.#ask();
    }
  }

  /** A call takes long: see whether anybody is there. */
  async doubt(): Promise<void> {
    if (!(await this.#isHealthy())) {
      this.answered(false);
    }
  }

  missing(what: unknown): void {
    this.#missing.add(what);
    if (what === NETWORK) {
      this.#tell(false);
    } else if (this.#connected && this.#settling === undefined) {
      this.#settling = timer(() => {
        this.#settling = undefined;
        this.#tell(this.#missing.size === 0);
      }, SETTLES_MS);
    }
  }

  reached(what: unknown): void {
    if (this.#missing.delete(what) && this.#missing.size === 0) {
      clearTimer(this.#settling);
      this.#settling = undefined;
      this.#tell(true);
    }
  }

  #networkIsBack(): void {
    this.reached(NETWORK);
    this.wake();
  }

  #tell(connected: boolean): void {
    if (connected === this.#connected) {
      return;
    }
    this.#connected = connected;
    for (const listener of [...this.#listeners]) {
      listener(connected);
    }
    if (connected) {
      this.wake();
    }
  }

  async #ask(): Promise<void> {
    if (this.#asking) {
      return;
    }
    this.#asking = true;
    for (let wait = 1000; this.#missing.has(CALLS) && this.#listeners.size > 0; wait *= 2) {
      await this.pause(Math.min(wait, LONGEST_PAUSE_MS));
      if (!this.#missing.has(NETWORK) && (await this.#isHealthy())) {
        this.answered(true);
      }
    }
    this.#asking = false;
  }

  #isHealthy(): Promise<boolean> {
    return new Promise((resolve) => {
      const late = timer(() => resolve(false), ANSWERS_WITHIN_MS);
      fetched(this.#healthUrl())
        .then(
          ({ status }) => resolve(status < 500), // what is refused is answered, too
          () => resolve(false),
        )
        .finally(() => clearTimer(late));
    });
  }
}
