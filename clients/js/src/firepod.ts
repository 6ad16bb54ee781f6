import { FirepodError } from "./errors.js";
import { Feed, type FeedOptions } from "./feed.js";
import { type Finished, GenerationHandle, type Waiting, aborted } from "./generation.js";
import { Pages, type PagesOptions } from "./pages.js";
import { type Signal, uniqueName } from "./platform.js";
import { type Options, Services } from "./services.js";
import type { GenerationRef, GenerationRequest, Model, Quota, Started, StoragePath } from "./types.js";
import { type UploadOptions, type Uploadable, upload } from "./uploads.js";

// Pauses before a call is made again that nothing has answered; its key starts nothing twice.
const AGAIN_AFTER_MS = [400, 1600];
const PATIENT_PAUSE_MS = 8000;

/** How to start. */
export interface Asking {
  /** Go on where nothing answers, until something does, instead of giving up after two seconds. */
  patient?: boolean;
  /** Told that nothing answers, and it is tried again. */
  onWaiting?: () => void;
  /** Ends it; what was started all the same is cancelled. */
  signal?: Signal;
}

/** A Firepod backend, as the user who is signed in with Firebase Authentication. */
export class Firepod {
  readonly #services: Services;
  readonly #listeners = new Set<() => void>();

  constructor(options: Options) {
    this.#services = new Services(options);
    this.#services.onTouched(() => this.#changed());
  }

  /**
   * Start a generation and wait for its end: its files are in `outputs`. A signal of yours cancels it. Throws FirepodError, see
   * `generate` and `GenerationHandle.done`.
   */
  async run(request: GenerationRequest, { onUpdate, ...asking }: Waiting & Asking = {}): Promise<Finished> {
    const { signal } = asking;
    const handle = await this.generate(request, asking);
    try {
      return await handle.done({ ...(onUpdate && { onUpdate }), ...(signal && { signal }) });
    } catch (error) {
      if (signal?.aborted) {
        await handle.cancel();
      }
      throw error;
    } finally {
      this.#changed();
    }
  }

  /**
   * Start a generation; answers at once. Safe to repeat: where nothing answers, the call is made again under the same
   * `idempotency_key`, which is drawn unless you give one.
   */
  async generate(request: GenerationRequest, asking: Asking = {}): Promise<GenerationHandle> {
    const { signal } = asking;
    if (signal?.aborted) {
      throw aborted(signal);
    }
    const asked = this.#generate({ idempotency_key: uniqueName(), ...request }, asking);
    if (signal === undefined) {
      return asked;
    }
    let stop = () => {};
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(aborted(signal));
    });
    signal.addEventListener("abort", stop);
    try {
      return await Promise.race([asked, stopped]);
    } catch (error) {
      if (signal.aborted) {
        asked.then((handle) => handle.cancel()).catch(() => {}); // no answer has said so yet
      }
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #generate(request: GenerationRequest, { patient = false, onWaiting, signal }: Asking) {
    const userId = this.#services.currentUserId();
    await Promise.resolve(); // what is stopped in the same breath, as effects are in React's StrictMode, is never asked for
    for (let tries = 0; ; tries += 1) {
      if (signal?.aborted) {
        throw aborted(signal);
      }
      this.#services.isStill(userId);
      try {
        return this.#started(await this.#services.call<Started>("generate", request));
      } catch (error) {
        const pause = AGAIN_AFTER_MS[tries] ?? (patient ? PATIENT_PAUSE_MS : undefined);
        if (pause === undefined || !(error instanceof FirepodError && error.code === "unavailable")) {
          throw error;
        }
        onWaiting?.();
        await this.#services.connection.pause(pause);
      }
    }
  }

  /** One generation by its path, or by `{media_type, file_uid}`; survives a reload. */
  generation(name: string | GenerationRef): GenerationHandle {
    return new GenerationHandle(this.#services, name);
  }

  /** The user's generations, newest first, a page at a time. */
  pages(options: PagesOptions = {}): Pages {
    return new Pages(this.#services, options);
  }

  /** The user's generations as a list that is live and grows; end it with `stop()`. */
  feed(options: FeedOptions): Feed {
    return new Feed(this.#services, options);
  }

  /** Store a file; its path is for `init_image`, `mask_image` or `audio`. */
  upload(file: Uploadable, options: UploadOptions = {}): Promise<StoragePath> {
    return upload(this.#services, file, options);
  }

  /** What is left of today. */
  quota(): Promise<Quota> {
    return this.#services.get("/quota");
  }

  /** What generations can be made with. */
  async models(): Promise<Model[]> {
    return (await this.#services.get<{ models: Model[] }>("/models")).models;
  }

  /** Delete everything of the user's: documents, files, uploads. The account stays. */
  async erase(): Promise<void> {
    await this.#services.call("erase", {});
    this.#changed();
  }

  /** Told the user's id now and whenever another one signs in; undefined: nobody. Returns what ends it. */
  onUser(next: (userId: string | undefined) => void): () => void {
    return this.#services.onUser(next);
  }

  /** Told whether the backend is reached, now and at each change. Returns what ends it. */
  onConnection(next: (connected: boolean) => void): () => void {
    return this.#services.connection.subscribe(next);
  }

  /** Try at once what waits for the backend: for an app that comes to the front, or learns that the network is back. */
  wake(): void {
    this.#services.connection.wake();
  }

  /** For an app that one comes back to: who is not let in any more, as the account was deleted meanwhile, is signed out. */
  renewSession(): Promise<void> {
    return this.#services.renew();
  }

  /** Told when something was started or has ended here, so that a quota can be read anew. Returns what ends it. */
  onSpent(next: () => void): () => void {
    this.#listeners.add(next);
    return () => this.#listeners.delete(next);
  }

  #started({ path }: Started): GenerationHandle {
    this.#changed();
    return new GenerationHandle(this.#services, path);
  }

  #changed(): void {
    for (const tell of this.#listeners) {
      tell();
    }
  }
}

/** A Firepod backend for an app of Firebase's. */
export function createFirepod(options: Options): Firepod {
  return new Firepod(options);
}
