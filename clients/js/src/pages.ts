import {
  type DocumentData,
  type QueryConstraint,
  collection,
  documentId,
  getDocs,
  getFirestore,
  limit,
  orderBy,
  query,
  startAfter,
  where,
} from "firebase/firestore";

import { MEDIA_TYPES } from "./generation.js";
import type { Services } from "./services.js";
import type { Generation, MediaType, Status } from "./types.js";

/** Which generations, and how many at a time. */
export interface PagesOptions {
  mediaTypes?: readonly MediaType[];
  status?: Status;
  pageSize?: number;
  /** Only those older than this one; of a list: than the one of the same media type in it. */
  after?: Generation | readonly Generation[];
}

/** What is still to come of one media type. */
interface Source {
  readonly mediaType: MediaType;
  readonly waiting: Generation[];
  /** The one after which it goes on. */
  last: Generation | undefined;
  exhausted: boolean;
}

/** The user's generations, newest first, a page at a time; each document is read once. */
export class Pages {
  readonly #services: Services;
  readonly #userId: string;
  readonly #status: Status | undefined;
  readonly #pageSize: number;
  readonly #sources: Source[];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(services: Services, { mediaTypes = MEDIA_TYPES, status, pageSize = 24, after }: PagesOptions) {
    this.#services = services;
    this.#userId = services.userId();
    this.#status = status;
    this.#pageSize = pageSize;
    this.#sources = mediaTypes.map((mediaType) => ({
      mediaType,
      waiting: [],
      last: isList(after) ? after.find(({ media_type }) => media_type === mediaType) : after,
      exhausted: false,
    }));
  }

  /** Whether there are none left. */
  get done(): boolean {
    return this.#sources.every(({ waiting, exhausted }) => exhausted && waiting.length === 0);
  }

  /** The next page; empty when there are none left. Calls wait for each other. */
  next(): Promise<Generation[]> {
    const page = this.#turn.then(() => this.#next());
    this.#turn = page.catch(() => {});
    return page;
  }

  async #next(): Promise<Generation[]> {
    const page: Generation[] = [];
    while (page.length < this.#pageSize) {
      // Which one is the newest is only known where each source has shown its next one.
      await Promise.all(this.#sources.filter(isDry).map((source) => this.#fill(source)));
      const next = this.#sources.filter(({ waiting }) => waiting.length > 0).sort(newestFirst)[0];
      if (next === undefined) {
        break;
      }
      page.push(next.waiting.shift()!);
    }
    return page;
  }

  async #fill(source: Source): Promise<void> {
    const found = await this.#read(this.#query(source));
    source.waiting.push(...found);
    source.last = found.at(-1) ?? source.last;
    source.exhausted = found.length < this.#pageSize;
  }

  async #read(asked: ReturnType<typeof query<DocumentData, DocumentData>>): Promise<Generation[]> {
    try {
      return (await getDocs(asked)).docs.map((one) => one.data() as Generation);
    } catch (error) {
      throw this.#services.unread(error, this.#userId);
    }
  }

  #query({ mediaType, last }: Source) {
    const constraints: QueryConstraint[] = [orderBy("created_at", "desc"), orderBy(documentId(), "desc")];
    if (this.#status !== undefined) {
      constraints.unshift(where("status", "==", this.#status));
    }
    if (last !== undefined) {
      const place = last.media_type === mediaType ? [last.created_at, last.file_uid] : [last.created_at];
      constraints.push(startAfter(...place));
    }
    const all = collection(getFirestore(this.#services.app), "generations", this.#userId, mediaType);
    return query(all, ...constraints, limit(this.#pageSize));
  }
}

function isList(after: PagesOptions["after"]): after is readonly Generation[] {
  return Array.isArray(after);
}

function isDry({ waiting, exhausted }: Source): boolean {
  return waiting.length === 0 && !exhausted;
}

function newestFirst(one: Source, other: Source): number {
  return compare(one.waiting[0]!, other.waiting[0]!);
}

/** For `sort`: the newest first. */
export function compare(one: Generation, other: Generation): number {
  const [a, b] = [one.created_at, other.created_at];
  return b.seconds - a.seconds || b.nanoseconds - a.nanoseconds || (one.file_uid < other.file_uid ? 1 : -1);
}
