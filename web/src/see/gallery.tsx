/** The user's generations: live, newest first, as many as one scrolls to. */
import { type Generation, MEDIA_TYPES, type MediaType, hasEnded, pathOf } from "firepod";
import { useGenerations } from "firepod/react";
import { createPortal } from "preact/compat";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { Icon } from "../ui/icon.js";
import { labelOf, wordsOf } from "../ui/text.js";
import { Detail } from "./detail.js";
import { SelectionBar, useSelection } from "./selection.js";
import { Tiles } from "./tiles.js";

const FILTERS: [string, readonly MediaType[]][] = [
  ["All", MEDIA_TYPES],
  ["Pictures", ["images"]],
  ["Videos", ["videos"]],
  ["Voices", ["voices"]],
  ["Speech", ["tts"]],
];
const STATES: [string, (generation: Generation) => boolean][] = [
  ["Any state", () => true],
  ["Running", ({ status }) => !hasEnded(status)],
  ["Completed", ({ status }) => status === "completed"],
  ["Failed", ({ status }) => status === "failed" || status === "cancelled"],
];
const EXAMPLES = [
  "A lighthouse at dusk over a calm sea",
  "A fox in a misty birch forest, morning light",
  "Neon rain on a city street at night",
];
const NEARLY_THE_LAST = 6; // of the list: the next page is brought

export function Gallery({ open, onOpen }: { open: string | undefined; onOpen: (path: string | undefined) => void }) {
  const [kinds, setKinds] = useState<readonly MediaType[]>(MEDIA_TYPES);
  const [state, setState] = useState(0);
  const [search, setSearch] = useState("");
  const { generations, loading, error, hasOlder, loadOlder } = useGenerations({ mediaTypes: kinds, pageSize: 60 });
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const inState = STATES[state]![1];
    return generations.filter((one) => inState(one) && (wanted === "" || wordsOf(one).toLowerCase().includes(wanted)));
  }, [generations, state, search]);
  const selection = useSelection(shown);
  const [wanted, setWanted] = useState<{ path: string }>();
  const filtered = kinds !== MEDIA_TYPES || state !== 0 || search !== "";
  const picks = state !== 0 || search.trim() !== "";
  const show = useCallback((generation: Generation) => onOpen(pathOf(generation)), [onOpen]);

  return (
    <section class="gallery" aria-label="Your generations">
      <div class="gallery-head">
        <h2>Your generations</h2>
        <div class="filters" role="group" aria-label="Show">
          {FILTERS.map(([name, types]) => (
            <button type="button" key={name} aria-pressed={types === kinds} onClick={() => setKinds(types)}>
              {name}
            </button>
          ))}
        </div>
        <select aria-label="State" value={state} onChange={({ currentTarget }) => setState(Number(currentTarget.value))}>
          {STATES.map(([name], index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
        <label class="search">
          <span class="visually-hidden">Search</span>
          <Icon name="search" />
          <input
            type="search"
            placeholder="Search"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
        </label>
      </div>
      <News generations={generations} />
      {error !== undefined && (
        <div class="alert" role="alert">
          <Icon name="warning" />
          <p>The list could not be read: {error.message}</p>
        </div>
      )}
      {loading && <p class="loading">Loading…</p>}
      {picks && !loading && (
        <p class="looked" role="status">
          {shown.length} of {generations.length} looked at{hasOlder && error === undefined ? "; older ones follow as you scroll" : ""}
        </p>
      )}
      {!loading && shown.length === 0 && !hasOlder && (filtered ? <NothingSuch /> : <Empty />)}
      <Tiles shown={shown} selection={selection} hasOlder={hasOlder} loadOlder={loadOlder} onOpen={show} wanted={wanted} />
      {selection.chosen.length > 0 && <SelectionBar selection={selection} />}
      {open !== undefined &&
        // In the page itself: it is opened from Events, too, where the gallery is hidden.
        createPortal(
        <Opened
          path={open}
          shown={shown}
          loadOlder={hasOlder ? loadOlder : undefined}
          onGo={show}
          onClose={(path) => {
            onOpen(undefined);
            if (path !== undefined) setWanted({ path });
          }}
        />,
        document.body,
      )}
    </section>
  );
}

/** One in full, with those of the list around it. */
function Opened({
  path,
  shown,
  loadOlder,
  onGo,
  onClose,
}: {
  path: string;
  shown: readonly Generation[];
  loadOlder: (() => Promise<void>) | undefined;
  onGo: (generation: Generation) => void;
  /** `path`: of the one that gets the focus. */
  onClose: (path: string | undefined) => void;
}) {
  const at = shown.findIndex((one) => pathOf(one) === path);
  const around = { before: at > 0 ? shown[at - 1] : undefined, after: at >= 0 ? shown[at + 1] : undefined };
  const last = useRef(around);
  const left = useRef(false); // the dialog tells that it closes also then
  if (at >= 0) last.current = around;
  useEffect(() => {
    if (at >= 0 && at >= shown.length - NEARLY_THE_LAST) void loadOlder?.();
  }, [at, shown.length]);
  return (
    <Detail
      path={path}
      listed={shown[at]}
      around={around}
      onGo={onGo}
      onLeave={() => {
        left.current = true;
        onClose(undefined);
      }}
      onClose={() => {
        if (left.current) return;
        const beside = last.current.after ?? last.current.before;
        onClose(at >= 0 ? path : beside && pathOf(beside));
      }}
    />
  );
}

/** For those who do not see it: what has ended since it was last shown. */
function News({ generations }: { generations: readonly Generation[] }) {
  const running = useRef(new Set<string>());
  const [text, setText] = useState("");
  useEffect(() => {
    for (const one of generations) {
      if (!hasEnded(one.status)) running.current.add(pathOf(one));
      else if (running.current.size > 0 && running.current.delete(pathOf(one))) {
        setText(`${labelOf(one.task_type)}: ${one.status}`);
      }
    }
  }, [generations]);
  return (
    <p class="visually-hidden" role="status">
      {text}
    </p>
  );
}

function NothingSuch() {
  return <p class="loading">Nothing like this here.</p>;
}

function Empty() {
  const page = usePage();
  return (
    <div class="empty-state">
      <div class="empty-icons">
        {MEDIA_TYPES.map((type) => (
          <Icon key={type} name={type} />
        ))}
      </div>
      <h3>Nothing here yet</h3>
      <p>What you start appears here and shows its progress. Begin with one of these:</p>
      <div class="row center">
        {EXAMPLES.map((prompt) => (
          <button type="button" class="chip" key={prompt} onClick={() => page.begin("text2img", { prompt })}>
            {prompt}
          </button>
        ))}
      </div>
    </div>
  );
}
