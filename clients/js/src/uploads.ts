import { type StorageReference, type UploadTask, getStorage, ref, uploadBytesResumable } from "firebase/storage";

import { FirepodError } from "./errors.js";
import { aborted } from "./generation.js";
import { type BlobLike, type Signal, type Timer, clearTimer, fetched, timer, uniqueName } from "./platform.js";
import type { Services } from "./services.js";
import type { StoragePath } from "./types.js";

/** A File, a Blob, bytes, or a file of React Native by its URI. */
export type Uploadable = BlobLike | Uint8Array | ArrayBuffer | { uri: string; type?: string; name?: string };

/** What is known of a file, and how to follow it. */
export interface UploadOptions {
  /** The file's name, where what is uploaded has none: its ending tells the type. */
  name?: string;
  /** Such as "image/png"; told from the name where it is left out. */
  contentType?: string;
  /** From 0 to 1. */
  onProgress?: (fraction: number) => void;
  /** Told true when nothing has gone through for some seconds, false when it goes on: it does by itself, for ten minutes. */
  onWaiting?: (waiting: boolean) => void;
  signal?: Signal;
}

export const LARGEST_UPLOAD_BYTES = 25 * 1024 * 1024;
const STALLS_MS = 5000;
const TYPES: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  flac: "audio/flac",
  m4a: "audio/mp4",
};

/** Store a file of the user's under a new name; nothing is sent of what would be refused. */
export async function upload(
  services: Services,
  file: Uploadable,
  { name, contentType, onProgress, onWaiting, signal }: UploadOptions = {},
): Promise<StoragePath> {
  const userId = services.userId();
  const data = "uri" in file ? await local(file.uri) : file;
  const said = name ?? ("name" in file ? file.name : undefined) ?? "";
  const extension = /\.(\w{1,5})$/.exec(said)?.[1]?.toLowerCase() ?? "";
  const type = contentType || typeOf(file) || TYPES[extension] || typeOf(data) || "";
  const ending = TYPES[extension] === undefined ? endingOf(type) : extension;
  refuse("size" in data ? data.size : data.byteLength, ending);
  if (signal?.aborted) {
    throw aborted(signal);
  }
  const path = `uploads/${userId}/${uniqueName()}.${ending}`;
  const task = uploadBytesResumable(
    place(services, path),
    data as Uint8Array, // or a Blob, which the SDK takes as well
    { contentType: TYPES[ending]! },
  );
  const stop = () => task.cancel();
  const heal = heals(services, task, onWaiting);
  const leave = services.onUser((now) => now !== userId && stop());
  signal?.addEventListener("abort", stop);
  task.on("state_changed", ({ bytesTransferred, totalBytes }) => {
    heal.moved(bytesTransferred);
    onProgress?.(totalBytes === 0 ? 0 : bytesTransferred / totalBytes);
  });
  try {
    await task;
  } catch (error) {
    if (signal?.aborted) {
      throw aborted(signal);
    }
    services.isStill(userId);
    throw FirepodError.from(error);
  } finally {
    heal.end();
    leave();
    signal?.removeEventListener("abort", stop);
  }
  services.isStill(userId);
  return path;
}

function place(services: Services, path: string): StorageReference {
  try {
    return ref(getStorage(services.app), path);
  } catch (error) {
    throw FirepodError.from(error); // no bucket is known
  }
}

/** Firebase's SDK pauses for up to a minute between tries: a connection that is back ends the pause. */
function heals(services: Services, task: UploadTask, onWaiting: (waiting: boolean) => void = () => {}) {
  let sent = -1;
  let waiting = false;
  let stalls: Timer | undefined;
  const { connection } = services;
  const say = (now: boolean) => {
    waiting = now;
    onWaiting(now);
  };
  const watch = () => {
    clearTimer(stalls);
    stalls = timer(() => {
      say(true);
      void connection.doubt();
    }, STALLS_MS);
  };
  const again = () => {
    if (waiting) {
      task.pause();
      task.resume();
    }
  };
  const ends = [connection.onWake(again), connection.subscribe(() => {}), () => clearTimer(stalls)];
  watch();
  return {
    moved(bytes: number) {
      if (bytes !== sent) {
        sent = bytes;
        watch();
        if (waiting) {
          say(false);
        }
      }
    },
    end: () => ends.forEach((end) => end()),
  };
}

function typeOf(file: Uploadable): string | undefined {
  return "type" in file ? file.type : undefined;
}

function refuse(size: number, ending: string | undefined): void {
  if (ending === undefined) {
    throw new FirepodError("invalid-argument", "Only PNG, JPEG, WebP, WAV, MP3, Ogg, FLAC and M4A can be uploaded.");
  }
  if (size > LARGEST_UPLOAD_BYTES) {
    throw new FirepodError("invalid-argument", "A file may have at most 25 MiB.");
  }
  if (size === 0) {
    throw new FirepodError("invalid-argument", "The file is empty.");
  }
}

function endingOf(type: string): string {
  const plain = type.split(";")[0]!.trim().toLowerCase();
  return Object.keys(TYPES).find((one) => TYPES[one] === (SAME[plain] ?? plain)) as string;
}

// What browsers and phones call them.
const SAME: Record<string, string> = {
  "image/jpg": "image/jpeg",
  "audio/x-wav": "audio/wav",
  "audio/wave": "audio/wav",
  "audio/mp3": "audio/mpeg",
  "audio/x-flac": "audio/flac",
  "audio/m4a": "audio/mp4",
  "audio/x-m4a": "audio/mp4",
};

async function local(uri: string): Promise<BlobLike> {
  try {
    return await (await fetched(uri)).blob();
  } catch (error) {
    throw new FirepodError("invalid-argument", "The file cannot be read.", { cause: error });
  }
}
