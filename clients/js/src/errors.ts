import { FirebaseError } from "firebase/app";

import type { ErrorCode, Generation } from "./types.js";

/** What a backend says of an error beside its code and its sentence. */
export interface ErrorDetails {
  fields?: readonly { field: string; problem: string }[];
  retry_after_seconds?: number;
}

const AWAY = "The backend does not answer.";

/**
 * Why something was not done.
 *
 * - `code`: a callable code without its prefix, such as "invalid-argument" or "resource-exhausted"; "unavailable" where
 *   nothing answered; "failed" and "cancelled" for a generation that ended so; "aborted" for a signal of yours.
 * - `message`: a sentence for people.
 * - `fields`: the problem of each field that was not accepted.
 * - `retryAfterSeconds`: when a quota has room again.
 */
export class FirepodError extends Error {
  override readonly name = "FirepodError";
  readonly fields: ReadonlyMap<string, string>;
  readonly retryAfterSeconds: number | undefined;
  /** Of a failed generation: the stable code in its document. */
  readonly errorCode: ErrorCode | undefined;
  /** Of a generation that ended otherwise than completed. */
  readonly generation: Generation | undefined;

  constructor(
    readonly code: string,
    message: string,
    about: { details?: ErrorDetails | undefined; generation?: Generation; cause?: unknown } = {},
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    const { details, generation } = about;
    this.fields = new Map(details?.fields?.map(({ field, problem }) => [field, problem]));
    this.retryAfterSeconds = details?.retry_after_seconds;
    this.generation = generation;
    this.errorCode = generation?.error_code;
  }

  /** The error of Firebase's SDK, or of anything else, as one of ours. */
  static from(error: unknown): FirepodError {
    if (error instanceof FirepodError) {
      return error;
    }
    if (!(error instanceof FirebaseError)) {
      const message = error instanceof Error ? error.message : String(error);
      return new FirepodError("unknown", message, { cause: error });
    }
    const code = error.code.replace(/^[\w-]+\//, "");
    // The SDK ends what a call said with its HTTP status.
    const said = error.message.replace(/ \[\d+\]$/, "");
    // It says "internal" of a backend that it could not reach, too: ours never uses that word alone.
    if (AWAY_CODES.has(error.code) || said === "internal" || said === "deadline-exceeded") {
      return FirepodError.away(error);
    }
    const sentence = SENTENCES[error.code];
    const details = (error as FirebaseError & { details?: ErrorDetails }).details;
    return new FirepodError(CODES[error.code] ?? code, sentence ?? said, { details, cause: error });
  }

  /** Whether nothing answered, where a backend that says "unavailable" did. */
  get isAway(): boolean {
    return this.message === AWAY;
  }

  /** Nothing answered: the same call may be made again. */
  static away(cause: unknown): FirepodError {
    return new FirepodError("unavailable", AWAY, { cause });
  }
}

// What the SDK says when it gives up on a network that is not there.
const AWAY_CODES = new Set(["storage/retry-limit-exceeded", "auth/network-request-failed"]);
// Storage's words for what callables call otherwise.
const CODES: Record<string, string> = {
  "storage/unauthorized": "permission-denied",
  "storage/canceled": "aborted",
  "storage/no-default-bucket": "failed-precondition",
};
// Firestore's codes have no service before them.
const SENTENCES: Record<string, string> = {
  "permission-denied": "The backend does not let this app read: its rules, or App Check, refuse it.",
  "storage/unauthorized": "This file cannot be stored: PNG, JPEG, WebP, WAV, MP3, Ogg, FLAC and M4A up to 25 MiB can.",
  "storage/canceled": "The upload was stopped.",
  "storage/quota-exceeded": "The project's storage is full.",
  "storage/no-default-bucket": "Files have no place: the config of the Firebase app names no storageBucket.",
};
