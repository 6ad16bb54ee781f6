import {
  type FunctionComponent,
  type ReactNode,
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";

import { FirepodError } from "./errors.js";
import type { Feed } from "./feed.js";
import type { Firepod } from "./firepod.js";
import type { GenerationHandle } from "./generation.js";
import type { Generation, GenerationRef, MediaType, Quota } from "./types.js";

const Context = createContext<Firepod | undefined>(undefined);

/** Gives the hooks below it their backend. */
export const FirepodProvider: FunctionComponent<{ firepod: Firepod; children?: ReactNode }> = ({
  firepod,
  children,
}) => createElement(Context.Provider, { value: firepod }, children);

/** The backend of the provider above. */
export function useFirepod(): Firepod {
  const firepod = useContext(Context);
  if (firepod === undefined) {
    throw new Error("This hook needs a <FirepodProvider firepod={...}> above it.");
  }
  return firepod;
}

/** What is known of one generation. */
export interface GenerationState {
  /** Undefined while it is loaded, and once it is discarded. */
  generation: Generation | undefined;
  loading: boolean;
  error: FirepodError | undefined;
  /** To cancel, retry or discard it; undefined without a name. */
  handle: GenerationHandle | undefined;
}

/** One generation, live. `name`: its path, or `{media_type, file_uid}`; undefined: none yet. */
export function useGeneration(name: string | GenerationRef | undefined): GenerationState {
  const firepod = useFirepod();
  const userId = useUser(firepod);
  const key = typeof name === "object" ? `${name.media_type}/${name.file_uid}` : name;
  const latest = useRef(name);
  latest.current = name;
  const handle = useMemo(
    () => (latest.current === undefined || !userId ? undefined : firepod.generation(latest.current)),
    [firepod, key, userId],
  );
  const [state, setState] = useOf<Omit<GenerationState, "handle">>(handle, NOTHING_YET);
  useEffect(
    () =>
      handle?.subscribe(
        (generation) => setState({ generation, loading: false, error: undefined }),
        (error) => setState({ generation: undefined, loading: false, error }),
      ),
    [handle, setState],
  );
  return { ...state, loading: name !== undefined && userId !== null && state.loading, handle };
}

/** The user's generations, as far as they are shown. */
export interface GenerationsState {
  /** Newest first. */
  generations: Generation[];
  loading: boolean;
  error: FirepodError | undefined;
  /** There are older ones: `loadOlder` brings a page of them. */
  hasOlder: boolean;
  loadOlder: () => Promise<void>;
}

/** The signed-in user's generations, live, newest first. */
export function useGenerations({
  mediaTypes,
  pageSize,
}: { mediaTypes?: readonly MediaType[]; pageSize?: number } = {}): GenerationsState {
  const firepod = useFirepod();
  const userId = useUser(firepod);
  const types = mediaTypes?.join();
  const feed = useRef<Feed | undefined>(undefined);
  const [state, setState] = useOf(`${userId} ${types} ${pageSize}`, NONE_YET);
  useEffect(() => {
    if (!userId) {
      return;
    }
    const started = firepod.feed({
      ...(types !== undefined && { mediaTypes: types.split(",") as MediaType[] }),
      ...(pageSize !== undefined && { pageSize }),
      next: (generations, hasOlder) => setState(() => ({ generations, hasOlder, loading: false, error: undefined })),
      error: (error) => setState((known) => ({ ...known, loading: false, error })),
    });
    feed.current = started;
    return () => {
      started.stop();
      feed.current = undefined;
    };
  }, [firepod, userId, types, pageSize, setState]);
  const loadOlder = useCallback(async () => {
    try {
      await feed.current?.older();
    } catch (error) {
      setState((known) => ({ ...known, error: FirepodError.from(error) }));
    }
  }, [setState]);
  return { ...state, loading: userId !== null && state.loading, loadOlder };
}

/** What is left of today. */
export interface QuotaState {
  quota: Quota | undefined;
  error: FirepodError | undefined;
  refresh: () => Promise<void>;
}

/** The signed-in user's quota, read anew whenever something is started or ends here. */
export function useQuota(): QuotaState {
  const firepod = useFirepod();
  const userId = useUser(firepod);
  const [state, setState] = useOf<Omit<QuotaState, "refresh">>(userId, UNREAD);
  const refresh = useCallback(async () => {
    try {
      const quota = await firepod.quota();
      setState({ quota, error: undefined });
    } catch (error) {
      setState((known) => ({ ...known, error: FirepodError.from(error) }));
    }
  }, [firepod, setState]);
  useEffect(() => {
    if (!userId) {
      return;
    }
    void refresh();
    return firepod.onSpent(() => void refresh());
  }, [firepod, userId, refresh]);
  const missed = state.error !== undefined;
  const connected = useConnection();
  useEffect(() => {
    if (missed && connected) {
      void refresh();
    }
  }, [connected]);
  return { ...state, refresh };
}

/** Whether the backend is reached. What is shown goes on by itself when it is again: say so meanwhile. */
export function useConnection(): boolean {
  const firepod = useFirepod();
  const [connected, setConnected] = useState(true);
  useEffect(() => firepod.onConnection(setConnected), [firepod]);
  return connected;
}

/** The user's id; null: nobody is signed in; undefined: not known yet. */
function useUser(firepod: Firepod): string | null | undefined {
  const [userId, setUserId] = useState<string | null>();
  useEffect(() => firepod.onUser((id) => setUserId(id ?? null)), [firepod]);
  return userId;
}

/**
 * A state that belongs to `owner`: from the render on in which the owner is another one, it is `fresh`, and what was still on its
 * way for the one before is not shown. So nobody sees for a moment what another user had.
 */
function useOf<State>(owner: unknown, fresh: State): [State, (next: State | ((known: State) => State)) => void] {
  const [held, setHeld] = useState({ owner, state: fresh });
  const present = useRef(owner);
  present.current = owner;
  const set = useCallback(
    (next: State | ((known: State) => State)) => {
      if (present.current !== owner) {
        return;
      }
      setHeld((last) => {
        const known = last.owner === owner ? last.state : fresh;
        return { owner, state: typeof next === "function" ? (next as (known: State) => State)(known) : next };
      });
    },
    [owner, fresh],
  );
  return [held.owner === owner ? held.state : fresh, set];
}

const UNREAD = { quota: undefined, error: undefined };
const NOTHING_YET = { generation: undefined, loading: true, error: undefined };
const NONE_YET: Omit<GenerationsState, "loadOlder"> = {
  generations: [],
  loading: true,
  error: undefined,
  hasOlder: false,
};
const NO_QUOTA_YET = { quota: undefined, error: undefined };
