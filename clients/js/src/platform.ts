/** The little that is used of the platform: browsers, Node and React Native all have it. */

/** An AbortSignal, of whichever platform. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** A Blob, of whichever platform; a File has a `name`, too. */
export interface BlobLike {
  readonly size: number;
  readonly type: string;
  readonly name?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  blob(): Promise<BlobLike>;
  json(): Promise<unknown>;
}

/** What `setTimeout` gives: a number, or an object in Node. */
export type Timer = { readonly brand: unique symbol };

interface Platform {
  fetch(url: string, init?: object): Promise<Answer>;
  setTimeout(callback: () => void, milliseconds: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
  // Browsers alone have these.
  readonly navigator?: { readonly onLine?: boolean };
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

const platform = globalThis as unknown as Platform;

export const fetched = (url: string, init?: object): Promise<Answer> => platform.fetch(url, init);

export const timer = (act: () => void, milliseconds: number): Timer => platform.setTimeout(act, milliseconds);

export const clearTimer = (one: Timer | undefined): void => platform.clearTimeout(one);

/** False only where the platform knows that there is no network. */
export const isOnline = (): boolean => platform.navigator?.onLine !== false;

/** Told when the network goes and comes, where the platform says so. Returns what ends it. */
export function onNetwork(next: (online: boolean) => void): () => void {
  const [came, went] = [() => next(true), () => next(false)];
  platform.addEventListener?.("online", came);
  platform.addEventListener?.("offline", went);
  return () => {
    platform.removeEventListener?.("online", came);
    platform.removeEventListener?.("offline", went);
  };
}

/** A name that nobody else has drawn; React Native has no `crypto.randomUUID`. */
export function uniqueName(): string {
  const part = () => Math.random().toString(36).slice(2, 13).padEnd(11, "0");
  return `${Date.now().toString(36)}-${part()}${part()}`;
}
