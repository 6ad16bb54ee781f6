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

interface Platform {
  fetch(url: string, init?: object): Promise<Answer>;
  setTimeout(callback: () => void, milliseconds: number): unknown;
}

const platform = globalThis as unknown as Platform;

export const fetched = (url: string, init?: object): Promise<Answer> => platform.fetch(url, init);

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => platform.setTimeout(resolve, milliseconds));

/** A name that nobody else has drawn; React Native has no `crypto.randomUUID`. */
export function uniqueName(): string {
  const part = () => Math.random().toString(36).slice(2, 13).padEnd(11, "0");
  return `${Date.now().toString(36)}-${part()}${part()}`;
}
