import { type DocumentSnapshot, doc, getDoc, getFirestore, onSnapshot } from "firebase/firestore";

import { FirepodError } from "./errors.js";
import { listen } from "./listening.js";
import type { Signal } from "./platform.js";
import type { Services } from "./services.js";
import type { Generation, GenerationRef, MediaType, OutputFile, Started, Status } from "./types.js";

export const MEDIA_TYPES: readonly MediaType[] = ["images", "videos", "voices", "tts"];

// Reasons that no waiting mends.
const FINAL = new Set(["permission-denied", "invalid-argument", "failed-precondition", "not-found"]);

/** A generation that has completed, with its files. */
export interface Finished extends Generation {
  outputs: OutputFile[];
}

/** How to wait. */
export interface Waiting {
  /** Told of each change until the end. */
  onUpdate?: (generation: Generation) => void;
  /** Ends the waiting. */
  signal?: Signal;
}

/** One generation of the signed-in user. Its `path` is all that has to be kept to come back to it after a reload. */
export class GenerationHandle {
  readonly path: string;
  readonly mediaType: MediaType;
  readonly fileUid: string;
  readonly #services: Services;
  readonly #userId: string;

  constructor(services: Services, name: string | GenerationRef) {
    this.#services = services;
    const [userId, mediaType, fileUid] = typeof name === "string" ? parts(name) : of(services, name);
    this.path = `generations/${userId}/${mediaType}/${fileUid}`;
    this.#userId = userId;
    this.mediaType = mediaType;
    this.fileUid = fileUid;
  }

  /** As it is now; undefined if it was discarded. */
  async get(): Promise<Generation | undefined> {
    try {
      const snapshot = await getDoc(this.#doc());
      if (this.#isAnothers(snapshot)) {
        throw FirepodError.away(undefined);
      }
      return snapshot.data() as Generation | undefined;
    } catch (error) {
      throw this.#services.unread(error, this.#userId);
    }
  }

  /**
   * Told of it now and at each change, undefined once it is discarded. It heals by itself; `error` is told what no waiting mends,
   * such as "not-found" for another user's. Returns what ends it.
   */
  subscribe(
    next: (generation: Generation | undefined) => void,
    error: (reason: FirepodError) => void = () => {},
  ): () => void {
    return listen<DocumentSnapshot>(this.#services, {
      // So that "it is not there" is heard from the server although a cache has said so before.
      begin: (heard, died) => onSnapshot(this.#doc(), { includeMetadataChanges: true }, heard, died),
      next: (snapshot) => {
        const data = snapshot.data() as Generation | undefined;
        if (!this.#isAnothers(snapshot) && (data !== undefined || !snapshot.metadata.fromCache)) {
          next(data);
        }
      },
      isFinal: ({ code }) => FINAL.has(code),
      error: (reason) => FINAL.has(reason.code) && error(this.#services.unread(reason, this.#userId)),
    });
  }

  /**
   * Its end. Throws a FirepodError: "failed" with the document's sentence and `errorCode`, "cancelled", "not-found" when it was
   * discarded, "aborted" by your signal (the generation goes on).
   */
  done({ onUpdate, signal }: Waiting = {}): Promise<Finished> {
    return new Promise((resolve, reject) => {
      let stop = () => {};
      let over = false;
      const end = (act: () => void) => {
        over = true;
        stop();
        signal?.removeEventListener("abort", abort);
        act();
      };
      const abort = () => end(() => reject(aborted(signal)));
      if (signal?.aborted) {
        reject(aborted(signal));
        return;
      }
      signal?.addEventListener("abort", abort);
      stop = this.subscribe(
        (generation) => {
          if (over) {
            return;
          }
          if (generation !== undefined) {
            onUpdate?.(generation);
          }
          if (generation === undefined) {
            end(() => reject(new FirepodError("not-found", "This generation was discarded.")));
          } else if (hasEnded(generation.status)) {
            end(() => settle(generation, resolve, reject));
          }
        },
        (reason) => end(() => reject(reason)),
      );
      if (over) {
        stop();
      }
    });
  }

  /** Stop it: what has not run yet costs nothing. */
  cancel(): Promise<Started> {
    return this.#call("cancel");
  }

  /** Start a failed or cancelled one again, under the same name. */
  retry(): Promise<Started> {
    return this.#call("retry");
  }

  /** Delete it and its files; stop it first if it runs. */
  discard(): Promise<Started> {
    return this.#call("discard");
  }

  async #call(name: string): Promise<Started> {
    const said = await this.#services.call<Started>(name, { media_type: this.mediaType, file_uid: this.fileUid });
    this.#services.touched(this.path);
    return said;
  }

  /** Firestore's cache is one for all who sign in here: what it holds of one is for no other's eyes. */
  #isAnothers({ metadata }: DocumentSnapshot): boolean {
    return metadata.fromCache && this.#services.currentUserId() !== this.#userId;
  }

  #doc() {
    return doc(getFirestore(this.#services.app), this.path);
  }
}

export function hasEnded(status: Status): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** A generation's files, whichever medium it is. */
export function outputsOf(generation: Generation): OutputFile[] {
  return generation.generation_data?.outputs ?? [];
}

export function aborted(signal: Signal | undefined): FirepodError {
  return new FirepodError("aborted", "You have stopped it.", { cause: signal?.reason });
}

function settle(
  generation: Generation,
  resolve: (finished: Finished) => void,
  reject: (reason: FirepodError) => void,
): void {
  if (generation.status === "completed") {
    resolve({ ...generation, outputs: outputsOf(generation) });
  } else if (generation.status === "failed") {
    reject(new FirepodError("failed", generation.error ?? "It failed.", { generation }));
  } else {
    reject(new FirepodError("cancelled", "It was cancelled.", { generation }));
  }
}

function parts(path: string): [string, MediaType, string] {
  const [collection, userId, mediaType, fileUid, ...more] = path.split("/");
  const known = MEDIA_TYPES.find((one) => one === mediaType);
  if (collection !== "generations" || !userId || known === undefined || !fileUid || more.length > 0) {
    throw new FirepodError("invalid-argument", `"${path}" is not the path of a generation.`);
  }
  return [userId, known, fileUid];
}

function of(services: Services, ref: GenerationRef): [string, MediaType, string] {
  return [services.userId(), ref.media_type, ref.file_uid];
}
