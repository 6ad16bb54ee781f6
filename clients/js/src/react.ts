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
    () => (latest.current === undefined || userId === undefined ? undefined : firepod.generation(latest.current)),
    [firepod, key, userId],
  );
  const [state, setState] = useState<Omit<GenerationState, "handle">>(NOTHING_YET);
  useEffect(() => {
    setState(NOTHING_YET);
    return handle?.subscribe(
      (generation) => setState({ generation, loading: false, error: undefined }),
      (error) => setState({ generation: undefined, loading: false, error }),
    );
  }, [handle]);
  return { ...state, loading: name !== undefined && state.loading, handle };
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
  const [state, setState] = useState(NONE_YET);
  useEffect(() => {
    setState(NONE_YET);
    if (userId === undefined) {
      return;
    }
    const started = firepod.feed({
      ...(types !== undefined && { mediaTypes: types.split(",") as MediaType[] }),
      ...(pageSize !== undefined && { pageSize }),
      next: (generations, hasOlder) => setState({ generations, hasOlder, loading: false, error: undefined }),
      error: (error) => setState((known) => ({ ...known, loading: false, error })),
    });
    feed.current = started;
    return () => started.stop();
  }, [firepod, userId, types, pageSize]);
  const loadOlder = useCallback(async () => {
    try {
      await feed.current?.older();
    } catch (error) {
      setState((known) => ({ ...known, error: FirepodError.from(error) }));
    }
  }, []);
  return { ...state, loadOlder };
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
  const [state, setState] = useState<Omit<QuotaState, "refresh">>({ quota: undefined, error: undefined });
  const refresh = useCallback(async () => {
    try {
      setState({ quota: await firepod.quota(), error: undefined });
    } catch (error) {
      setState((known) => ({ ...known, error: FirepodError.from(error) }));
    }
  }, [firepod]);
  useEffect(() => {
    if (userId === undefined) {
      setState({ quota: undefined, error: undefined });
      return;
    }
    void refresh();
    return firepod.onSpent(() => void refresh());
  }, [firepod, userId, refresh]);
  return { ...state, refresh };
}

function useUser(firepod: Firepod): string | undefined {
  const [userId, setUserId] = useState<string>();
  useEffect(() => firepod.onUser(setUserId), [firepod]);
  return userId;
}

const NOTHING_YET = { generation: undefined, loading: true, error: undefined };
const NONE_YET: Omit<GenerationsState, "loadOlder"> = {
  generations: [],
  loading: true,
  error: undefined,
  hasOlder: false,
};
