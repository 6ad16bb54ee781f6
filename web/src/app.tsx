/** The page around everything: who is signed in, and what is open. */
import { type User, onAuthStateChanged } from "firebase/auth";
import { type Generation, type TaskType, pathOf } from "firepod";
import { FirepodProvider } from "firepod/react";
import { Suspense, lazy } from "preact/compat";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { Backend } from "./backend.js";
import { type Draft, type Page, PageContext, type Values } from "./context.js";
import { Composer } from "./make/composer.js";
import { useModels, useVoices } from "./make/known.js";
import { Gallery } from "./see/gallery.js";
import { Account, SignIn } from "./session.js";
import { ConnectionLine } from "./ui/connection.js";
import { Views, useView } from "./views.js";

// Of the local stack only, and large: loaded when somebody goes there.
const Events = lazy(() => import("./develop/events.js"));

const SAID_FOR_MS = 4000;

export function App({ backend }: { backend: Backend }) {
  const [user, setUser] = useState<User | null>();
  const [, setKept] = useState(0);
  const wasIn = useRef(false);
  useEffect(
    () =>
      onAuthStateChanged(backend.auth, (now) => {
        wasIn.current ||= now !== null;
        setUser(now);
      }),
    [backend],
  );
  useRenewal(backend);
  const known = useRef(user);
  useEffect(() => {
    // What had the focus is gone with the page before; the new one begins at its heading.
    if (known.current !== undefined && known.current?.uid !== user?.uid) document.querySelector("h1")?.focus();
    known.current = user;
  }, [user]);
  return (
    <FirepodProvider firepod={backend.firepod}>
      <header class="top">
        <a class="brand" href="/" aria-label="Firepod">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span class="brand-name">Firepod</span>
        </a>
        <span class="badge">{backend.local ? "Local stack" : backend.project}</span>
        <nav>
          {backend.local && user && <Views />}
          <a class="apart" href="/api/docs">API docs</a>
        </nav>
        {user && <Account key={user.uid} auth={backend.auth} user={user} onKept={() => setKept((times) => times + 1)} />}
      </header>
      <ConnectionLine />
      {user === undefined && <p class="loading">Loading…</p>}
      {user === null && <SignIn backend={backend} wasIn={wasIn.current} />}
      {user && <Workbench key={user.uid} backend={backend} user={user} />}
    </FirepodProvider>
  );
}

/** Whoever comes back to the page is asked for again: the account may be gone meanwhile, and is signed out then. */
function useRenewal({ firepod }: Backend): void {
  useEffect(() => {
    const onBack = () => {
      if (document.visibilityState === "visible") firepod.renewSession().catch(() => {}); // the next call says why
    };
    addEventListener("visibilitychange", onBack);
    return () => removeEventListener("visibilitychange", onBack);
  }, [firepod]);
}

function Workbench({ backend, user }: { backend: Backend; user: User }) {
  const [draft, setDraft] = useState<Draft>({ taskType: "text2img", values: {}, turn: 0 });
  const [said, say] = useSaid();
  const [open, setOpen] = usePlace();
  const inEvents = useView() === "events" && backend.local;
  const [events, setEvents] = useState(inEvents);
  useEffect(() => {
    if (inEvents) setEvents(true); // and they go on while one is elsewhere
  }, [inEvents]);
  const { models, known: modelsKnown } = useModels();
  const { voices, known: voicesKnown } = useVoices();
  const begin = useCallback(
    (taskType: TaskType, values: Values) => setDraft(({ turn }) => ({ taskType, values, turn: turn + 1 })),
    [],
  );
  const openOne = useCallback((generation: Generation) => setOpen(pathOf(generation)), []);
  const page = useMemo<Page>(
    () => ({ backend, user, models, modelsKnown, voices, voicesKnown, draft, begin, open: openOne, say }),
    [backend, user, models, modelsKnown, voices, voicesKnown, draft, begin, openOne, say],
  );
  return (
    <PageContext.Provider value={page}>
      {/* It stays while one looks at events: what is in the form is not lost. */}
      <main class="workbench" hidden={inEvents}>
        <h1 class="visually-hidden" tabIndex={-1}>Make and see</h1>
        <Composer />
        <Gallery open={open} onOpen={setOpen} />
      </main>
      {events && (
        <Suspense fallback={<p class="loading">Loading…</p>}>
          <Events hidden={!inEvents} />
        </Suspense>
      )}
      <p class={`said ${said === "" ? "" : "shown"}`} role="status">
        {said}
      </p>
    </PageContext.Provider>
  );
}

/** Something that is said for a moment. */
function useSaid(): [string, (text: string) => void] {
  const [said, setSaid] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const say = useCallback((text: string) => {
    clearTimeout(timer.current);
    setSaid(text);
    timer.current = setTimeout(() => setSaid(""), SAID_FOR_MS);
  }, []);
  return [said, say];
}

/** What is open stands in the address, so that it is there after a reload and can be sent on. */
function usePlace(): [string | undefined, (path: string | undefined) => void] {
  const read = () => (location.hash.startsWith("#generations/") ? location.hash.slice(1) : undefined);
  const [path, setPath] = useState(read);
  useEffect(() => {
    const onChange = () => setPath(read());
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  const go = useCallback((next: string | undefined) => {
    history.replaceState(null, "", next === undefined ? location.pathname : `#${next}`);
    setPath(next);
  }, []);
  return [path, go];
}
