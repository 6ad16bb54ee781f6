import { FirebaseError } from "firebase/app";

/**
 * What the backend answered instead of a result.
 *
 * `code` is a callable code without its prefix ("invalid-argument"), `message` a sentence for
 * people, `fields` the problem of each field that was not accepted.
 */
export class FirepodError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {{
   *   fields?: {field: string, problem: string}[],
   *   retry_after_seconds?: number,
   * } | undefined} details
   */
  constructor(code, message, details) {
    super(message);
    this.name = "FirepodError";
    this.code = code;
    /** @type {Map<string, string>} */
    this.fields = new Map(details?.fields?.map(({ field, problem }) => [field, problem]));
    /** When a quota has room again; undefined for other errors. */
    this.retryAfterSeconds = details?.retry_after_seconds;
  }

  /**
   * The error of a call that failed; one that is not Firebase's comes back as it is.
   *
   * @param {unknown} error
   */
  static from(error) {
    if (!(error instanceof FirebaseError)) {
      return error;
    }
    const code = error.code.replace(/^\w+\//, "");
    const details = "details" in error ? /** @type {any} */ (error.details) : undefined;
    // The SDK ends what a call said with its HTTP status, and says "internal" for a backend that it
    // could not reach as well.
    const said = error.message.replace(/ \[\d+\]$/, "");
    const message = said === "internal" ? "The backend does not answer." : said;
    return new FirepodError(code, message, details ?? undefined);
  }
}
