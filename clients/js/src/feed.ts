import { collection, getFirestore, limit, onSnapshot, orderBy, query } from "firebase/firestore";

import { FirepodError } from "./errors.js";
import { GenerationHandle, MEDIA_TYPES, hasEnded } from "./generation.js";
import { Pages, compare } from "./pages.js";
import type { Services } from "./services.js";
import type { Generation, MediaType } from "./types.js";

/** What a feed shows, and whom it tells. */
export interface FeedOptions {
  mediaTypes?: readonly MediaType[];
  /** How many are live, and how many `older` brings. */
  pageSize?: number;
  /** All that is known, newest first; `more`: there are older ones. */
  next: (generations: Generation[], more: boolean) => void;
  error?: (reason: FirepodError) => void;
}

/**
 * The user's generations as a list that grows: the newest ones and all that have not ended are live, older ones come when they
 * are asked for, and no document is read a second time.
 */
export class Feed {
  readonly #services: Services;
  readonly #options: FeedOptions;
  readonly #pageSize: number;
  readonly #known = new Map<string, Generation>();
  readonly #followed = new Map<string, () => void>();
  readonly #listening: (() => void)[];
  readonly #silent: Set<MediaType>;
  #full = false;
  #pages: Pages | undefined;
  #stopped = false;

  constructor(services: Services, options: FeedOptions) {
    const { mediaTypes = MEDIA_TYPES, pageSize = 24 } = options;
    this.#services = services;
    this.#options = options;
    this.#pageSize = pageSize;
    this.#silent = new Set(mediaTypes);
    const userId = services.userId();
    this.#listening = [
      ...mediaTypes.map((mediaType) => this.#listen(userId, mediaType)),
      // An older one that is retried or discarded here is told of again.
      services.onTouched((path) => this.#known.has(path) && this.follow(path)),
    ];
  }

  /** Bring a page of older ones. */
  async older(): Promise<void> {
    if (this.#pages === undefined) {
      const { mediaTypes = MEDIA_TYPES } = this.#options;
      const last = this.#all().at(-1);
      this.#pages = new Pages(this.#services, {
        mediaTypes,
        pageSize: this.#pageSize,
        ...(last === undefined ? {} : { after: last }),
      });
    }
    for (const generation of await this.#pages.next()) {
      this.#keep(generation);
    }
    this.#tell();
  }

  /** Have one that is not live any more told of again, after `retry`; what is discarded goes. */
  follow(path: string): void {
    if (this.#stopped || this.#followed.has(path)) {
      return;
    }
    const stop = new GenerationHandle(this.#services, path).subscribe(
      (generation) => {
        if (generation === undefined) {
          this.#known.delete(path);
          this.#unfollow(path);
        } else {
          this.#known.set(path, generation);
          if (hasEnded(generation.status)) {
            this.#unfollow(path);
          }
        }
        this.#tell();
      },
      () => this.#unfollow(path),
    );
    this.#followed.set(path, stop);
  }

  /** Hear nothing any more. */
  stop(): void {
    this.#stopped = true;
    for (const end of [...this.#listening, ...this.#followed.values()]) {
      end();
    }
    this.#followed.clear();
  }

  #listen(userId: string, mediaType: MediaType): () => void {
    const all = collection(getFirestore(this.#services.app), "generations", userId, mediaType);
    return onSnapshot(
      query(all, orderBy("created_at", "desc"), limit(this.#pageSize)),
      (snapshot) => {
        this.#silent.delete(mediaType);
        const full = snapshot.size === this.#pageSize;
        const oldest = snapshot.docs.at(-1)?.data() as Generation | undefined;
        this.#full ||= full;
        for (const change of snapshot.docChanges()) {
          const generation = change.doc.data() as Generation;
          const path = pathOf(generation);
          if (change.type !== "removed") {
            this.#known.set(path, generation);
          } else if (full && oldest !== undefined && compare(oldest, generation) < 0) {
            this.#keep(generation); // a newer one took its place, it is still there
          } else {
            this.#known.delete(path);
          }
        }
        this.#tell();
      },
      (reason) => this.#options.error?.(FirepodError.from(reason)),
    );
  }

  /** One that no listener of the newest tells of. */
  #keep(generation: Generation): void {
    const path = pathOf(generation);
    this.#known.set(path, generation);
    if (!hasEnded(generation.status)) {
      this.follow(path);
    }
  }

  #unfollow(path: string): void {
    this.#followed.get(path)?.();
    this.#followed.delete(path);
  }

  #tell(): void {
    if (this.#silent.size > 0 || this.#stopped) {
      return; // what comes first is told once it is whole
    }
    const more = this.#pages === undefined ? this.#full : !this.#pages.done;
    this.#options.next(this.#all(), more);
  }

  #all(): Generation[] {
    return [...this.#known.values()].sort(compare);
  }
}

export function pathOf({ user_id, media_type, file_uid }: Generation): string {
  return `generations/${user_id}/${media_type}/${file_uid}`;
}
