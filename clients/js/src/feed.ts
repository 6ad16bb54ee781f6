import { type QuerySnapshot, collection, getFirestore, limit, onSnapshot, orderBy, query } from "firebase/firestore";

import type { FirepodError } from "./errors.js";
import { GenerationHandle, MEDIA_TYPES, hasEnded } from "./generation.js";
import { listen } from "./listening.js";
import { Pages, compare } from "./pages.js";
import type { Services } from "./services.js";
import type { Generation, MediaType } from "./types.js";

/** What a feed shows, and whom it tells. */
export interface FeedOptions {
  mediaTypes?: readonly MediaType[];
  /** How many are live, and how many `older` brings. */
  pageSize?: number;
  /** Newest first, down to where one might be missing in between; `more`: there are older ones. */
  next: (generations: Generation[], more: boolean) => void;
  /** Told why nothing is heard; it is tried again by itself. */
  error?: (reason: FirepodError) => void;
}

/**
 * The user's generations as a list that grows: the newest ones and all that have not ended are live, older ones come when they
 * are asked for, and no document is read a second time.
 */
export class Feed {
  readonly #services: Services;
  readonly #userId: string;
  readonly #options: FeedOptions;
  readonly #pageSize: number;
  readonly #mediaTypes: readonly MediaType[];
  readonly #known = new Map<string, Generation>();
  readonly #followed = new Map<string, () => void>();
  readonly #listening: (() => void)[];
  readonly #silent: Set<MediaType>;
  /** The oldest one that a media type's listener began with, where there may be older ones. */
  readonly #reach = new Map<MediaType, Generation>();
  /** Those whose listeners have begun: the server has answered. */
  readonly #begun = new Set<MediaType>();
  /** The last one that `#pages` brought. */
  #last: Generation | undefined;
  #pages: Pages | undefined;
  #stopped = false;

  constructor(services: Services, options: FeedOptions) {
    const { mediaTypes = MEDIA_TYPES, pageSize = 24 } = options;
    this.#services = services;
    this.#options = options;
    this.#pageSize = pageSize;
    this.#mediaTypes = mediaTypes;
    this.#silent = new Set(mediaTypes);
    this.#userId = services.userId();
    this.#listening = [
      ...mediaTypes.map((mediaType) => this.#listen(mediaType)),
      // An older one that is retried or discarded here is told of again.
      services.onTouched((path) => this.#known.has(path) && this.follow(path)),
    ];
  }

  /** Bring a page of older ones. */
  async older(): Promise<void> {
    if (this.#stopped) {
      return;
    }
    this.#services.isStill(this.#userId);
    if (this.#silent.size > 0) {
      return; // where the newest ones end is not known yet
    }
    this.#pages ??= new Pages(this.#services, {
      mediaTypes: this.#mediaTypes.filter((mediaType) => this.#reach.has(mediaType)),
      pageSize: this.#pageSize,
      after: [...this.#reach.values()],
    });
    const page = await this.#pages.next();
    if (!this.#stopped) {
      this.#last = page.at(-1) ?? this.#last;
      page.forEach((generation) => this.#keep(generation));
      this.#tell();
    }
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

  #listen(mediaType: MediaType): () => void {
    const all = collection(getFirestore(this.#services.app), "generations", this.#userId, mediaType);
    const newest = query(all, orderBy("created_at", "desc"), limit(this.#pageSize));
    return listen<QuerySnapshot>(this.#services, {
      begin: (heard, died) => onSnapshot(newest, { includeMetadataChanges: true }, heard, died),
      next: (snapshot, again) => this.#hear(mediaType, snapshot, again),
      isFinal: () => false,
      error: (reason) => this.#stopped || this.#options.error?.(reason),
    });
  }

  #hear(mediaType: MediaType, snapshot: QuerySnapshot, again: boolean): void {
    if (snapshot.metadata.fromCache && snapshot.empty) {
      return; // nobody has said that there is nothing
    }
    const first = this.#silent.delete(mediaType);
    const changes = snapshot.docChanges();
    if (!first && !again && changes.length === 0) {
      return;
    }
    const full = snapshot.size === this.#pageSize;
    const oldest = snapshot.docs.at(-1)?.data() as Generation | undefined;
    const wasReplaced = (one: Generation) => full && oldest !== undefined && compare(oldest, one) < 0;
    this.#begin(mediaType, full ? oldest : undefined, snapshot.metadata.fromCache);
    if (again) {
      this.#forget(mediaType, snapshot, wasReplaced);
    }
    for (const change of changes) {
      const generation = change.doc.data() as Generation;
      if (change.type !== "removed") {
        this.#known.set(pathOf(generation), generation);
      } else if (wasReplaced(generation)) {
        this.#keep(generation); // a newer one took its place, it is still there
      } else {
        this.#known.delete(pathOf(generation));
      }
    }
    this.#tell();
  }

  /** Older ones than it began with are `older`'s; what a cache begins with is not all that is new. */
  #begin(mediaType: MediaType, oldest: Generation | undefined, fromCache: boolean): void {
    if (this.#begun.has(mediaType) || this.#pages !== undefined) {
      return;
    }
    if (oldest === undefined) {
      this.#reach.delete(mediaType);
    } else {
      this.#reach.set(mediaType, oldest);
    }
    if (!fromCache) {
      this.#begun.add(mediaType);
    }
  }

  /** What was discarded while nothing was heard. */
  #forget(mediaType: MediaType, snapshot: QuerySnapshot, wasReplaced: (one: Generation) => boolean): void {
    const there = new Set(snapshot.docs.map(({ ref }) => ref.path));
    for (const [path, generation] of this.#known) {
      if (generation.media_type === mediaType && !there.has(path) && !wasReplaced(generation)) {
        this.#known.delete(path);
      }
    }
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
    const more = this.#pages === undefined ? this.#reach.size > 0 : !this.#pages.done;
    this.#options.next(this.#all(more ? this.#end() : undefined), more);
  }

  /** As far as `end`. They are nearly in order: ten thousand are sorted in less than a millisecond. */
  #all(end: Generation | undefined): Generation[] {
    const all = [...this.#known.values()].sort(compare);
    return end === undefined ? all : all.filter((one) => compare(one, end) <= 0);
  }

  /** The last one above which none is missing: of another media type there may be more right after it. */
  #end(): Generation | undefined {
    return this.#last ?? [...this.#reach.values()].sort(compare)[0];
  }
}

export function pathOf({ user_id, media_type, file_uid }: Generation): string {
  return `generations/${user_id}/${media_type}/${file_uid}`;
}
