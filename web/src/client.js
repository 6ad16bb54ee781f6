import { collection, getFirestore, limit, onSnapshot, orderBy, query } from "firebase/firestore";
import { getFunctions, httpsCallable } from "firebase/functions";
import { getStorage, ref, uploadBytesResumable } from "firebase/storage";

import { FirepodError } from "./errors.js";

/** @import { FirebaseApp } from "firebase/app" */
/** @import { Generation, GenerationRef, GenerationRequest, MediaType, Started } from "./types" */

/** @type {readonly MediaType[]} */
export const MEDIA_TYPES = ["images", "videos", "voices", "tts"];

/**
 * Firepod for an app that uses the Firebase JS SDK; the user has to be signed in.
 *
 * Calls throw FirepodError.
 *
 * @param {{app: FirebaseApp, region?: string}} options
 */
export function createFirepod({ app, region = "us-central1" }) {
  const functions = getFunctions(app, region);

  /**
   * @template Request
   * @param {string} name
   * @returns {(request: Request) => Promise<Started>}
   */
  function callable(name) {
    const call = /** @type {typeof httpsCallable<any, Started>} */ (httpsCallable)(functions, name);
    return async (request) => {
      try {
        return (await call(request)).data;
      } catch (error) {
        throw FirepodError.from(error);
      }
    };
  }

  /**
   * Call one of the functions that take the name of a generation, and nothing else of it.
   *
   * @param {string} name
   * @returns {(ref: GenerationRef) => Promise<Started>}
   */
  function callableOf(name) {
    const call = callable(name);
    return ({ media_type, file_uid }) => call({ media_type, file_uid });
  }

  return {
    /** @type {(request: GenerationRequest) => Promise<Started>} */
    generate: callable("generate"),
    cancel: callableOf("cancel"),
    retry: callableOf("retry"),
    discard: callableOf("discard"),

    /**
     * Store a file of the user's under a new name; the path is for `init_image` or `audio`.
     *
     * @param {string} userId
     * @param {File} file at most 25 MiB of png, jpeg, webp, wav, mp3, ogg, flac or m4a
     * @param {(fraction: number) => void} [onProgress] from 0 to 1
     * @returns {Promise<string>}
     */
    async upload(userId, file, onProgress) {
      const extension = /\.\w{1,5}$/.exec(file.name)?.[0].toLowerCase() ?? "";
      const path = `uploads/${userId}/${crypto.randomUUID()}${extension}`;
      const task = uploadBytesResumable(ref(getStorage(app), path), file, {
        contentType: file.type,
      });
      task.on("state_changed", ({ bytesTransferred, totalBytes }) => {
        onProgress?.(totalBytes === 0 ? 0 : bytesTransferred / totalBytes);
      });
      try {
        await task;
      } catch (error) {
        throw FirepodError.from(error);
      }
      return path;
    },

    /**
     * Listen to the user's newest generations, newest first.
     *
     * @param {string} userId
     * @param {{
     *   mediaTypes?: readonly MediaType[],
     *   count?: number,
     *   next: (generations: Generation[], more: boolean) => void,
     *   error: (error: unknown) => void,
     * }} listener `more`: there are older ones than the `count` newest
     * @returns {() => void} ends it
     */
    watch(userId, { mediaTypes = MEDIA_TYPES, count = 24, next, error }) {
      /** @type {Map<MediaType, Generation[]>} */
      const newest = new Map();
      const stops = mediaTypes.map((mediaType) =>
        onSnapshot(
          query(
            collection(getFirestore(app), "generations", userId, mediaType),
            orderBy("created_at", "desc"),
            limit(count + 1),
          ),
          (snapshot) => {
            newest.set(
              mediaType,
              snapshot.docs.map((doc) => /** @type {Generation} */ (doc.data())),
            );
            if (newest.size === mediaTypes.length) {
              const all = [...newest.values()].flat().sort(newestFirst);
              next(all.slice(0, count), all.length > count);
            }
          },
          (reason) => error(FirepodError.from(reason)),
        ),
      );
      return () => stops.forEach((stop) => stop());
    },
  };
}

/** @typedef {ReturnType<typeof createFirepod>} Firepod */

/** @type {(one: Generation, other: Generation) => number} */
function newestFirst(one, other) {
  return other.created_at.toMillis() - one.created_at.toMillis();
}
