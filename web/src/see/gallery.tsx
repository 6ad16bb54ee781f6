/** The user's generations: live, newest first, as many as one scrolls to. */
import { type Generation, MEDIA_TYPES, type MediaType, hasEnded, pathOf } from "firepod";
import { useFirepod, useGenerations } from "firepod/react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { Question } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { labelOf, wordsOf } from "../ui/text.js";
import { layOut, visible } from "./layout.js";
import { Tile } from "./tile.js";

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
const AROUND = 800; // pixels above and below what is seen that are drawn already
const NEXT_PAGE_BEFORE = 1200;

export function Gallery({ onShown }: { onShown: (generations: readonly Generation[]) => void }) {
  const page = usePage();
  const [kinds, setKinds] = useState<readonly MediaType[]>(MEDIA_TYPES);
  const [state, setState] = useState(0);
  const [search, setSearch] = useState("");
  const { generations, loading, error, hasOlder, loadOlder } = useGenerations({ mediaTypes: kinds, pageSize: 60 });
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const inState = STATES[state]![1];
    return generations.filter((one) => inState(one) && (wanted === "" || wordsOf(one).toLowerCase().includes(wanted)));
  }, [generations, state, search]);
  useEffect(() => onShown(shown), [shown]);
  const selection = useSelection(shown);
  const filtered = kinds !== MEDIA_TYPES || state !== 0 || search !== "";

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
      {!loading && shown.length === 0 && !hasOlder && (filtered ? <NothingSuch /> : <Empty />)}
      <Tiles shown={shown} selection={selection} hasOlder={hasOlder} loadOlder={loadOlder} onOpen={page.open} />
      {selection.chosen.length > 0 && <SelectionBar selection={selection} />}
    </section>
  );
}

function Tiles({
  shown,
  selection,
  hasOlder,
  loadOlder,
  onOpen,
}: {
  shown: readonly Generation[];
  selection: Selection;
  hasOlder: boolean;
  loadOlder: () => Promise<void>;
  onOpen: (generation: Generation) => void;
}) {
  const ground = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [seen, setSeen] = useState<[number, number]>([0, 1500]);
  const loading = useRef(false);
  const layout = useMemo(() => layOut(shown, width), [shown, width]);

  useLayoutEffect(() => {
    const measure = () => {
      const place = ground.current?.getBoundingClientRect();
      if (place === undefined) return;
      setWidth(Math.floor(place.width));
      const from = -place.top - AROUND;
      const to = innerHeight - place.top + AROUND;
      // In steps, so that not every pixel draws anew.
      setSeen((known) =>
        Math.abs(known[0] - from) < AROUND / 2 && Math.abs(known[1] - to) < AROUND / 2 ? known : [from, to],
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(ground.current!);
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      observer.disconnect();
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, []);

  useEffect(() => {
    if (!hasOlder || loading.current || seen[1] + NEXT_PAGE_BEFORE < layout.height) return;
    loading.current = true;
    void loadOlder().finally(() => (loading.current = false));
  }, [seen, layout, hasOlder, loadOlder]);

  return (
    <div ref={ground} class="tiles" style={{ height: `${layout.height}px` }}>
      {width > 0 &&
        visible(layout, ...seen).map((line) =>
          line.kind === "heading" ? (
            <h3 key={line.text} class="tiles-day" style={{ top: `${line.top}px`, height: `${line.height}px` }}>
              {line.text}
            </h3>
          ) : (
            line.tiles.map(({ generation, left, width: wide }) => (
              <div
                key={pathOf(generation)}
                class="tile-place"
                style={{ top: `${line.top}px`, insetInlineStart: `${left}px`, width: `${wide}px`, height: `${line.height}px` }}
              >
                <Tile
                  generation={generation}
                  selected={selection.has(generation)}
                  selecting={selection.chosen.length > 0}
                  onOpen={() => onOpen(generation)}
                  onSelect={(range) => selection.toggle(generation, range)}
                />
              </div>
            ))
          ),
        )}
    </div>
  );
}

interface Selection {
  chosen: readonly Generation[];
  has: (generation: Generation) => boolean;
  toggle: (generation: Generation, range: boolean) => void;
  clear: () => void;
}

function useSelection(shown: readonly Generation[]): Selection {
  const [paths, setPaths] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string>();
  const latest = useRef(shown);
  latest.current = shown;
  return useMemo(
    () => ({
      chosen: shown.filter((one) => paths.has(pathOf(one))),
      has: (generation) => paths.has(pathOf(generation)),
      toggle(generation, range) {
        const path = pathOf(generation);
        const all = latest.current.map(pathOf);
        const [from, to] = [all.indexOf(last.current ?? path), all.indexOf(path)].sort((a, b) => a - b);
        setPaths((known) => {
          const next = new Set(known);
          if (range && from !== undefined && from >= 0) all.slice(from, to! + 1).forEach((one) => next.add(one));
          else if (!next.delete(path)) next.add(path);
          return next;
        });
        last.current = path;
      },
      clear: () => setPaths(new Set()),
    }),
    [shown, paths],
  );
}

/** What can be done with all that are selected. */
function SelectionBar({ selection }: { selection: Selection }) {
  const page = usePage();
  const firepod = useFirepod();
  const [asked, setAsked] = useState(false);
  const [left, setLeft] = useState<number>();
  const count = selection.chosen.length;

  async function discard() {
    const waiting = [...selection.chosen];
    const total = waiting.length;
    let failed = 0;
    setLeft(total);
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await firepod.generation(next).discard().catch(() => (failed += 1));
        setLeft(waiting.length);
      }
    };
    await Promise.all([work(), work(), work()]);
    setLeft(undefined);
    selection.clear();
    page.say(failed === 0 ? `${total} discarded` : `${total - failed} discarded, ${failed} were not`);
  }

  return (
    <div class="selection-bar" role="region" aria-label="Selected">
      <span>{left === undefined ? `${count} selected` : `Discarding, ${left} to go`}</span>
      <button type="button" disabled={left !== undefined} onClick={selection.clear}>
        Select none
      </button>
      <button type="button" class="danger" disabled={left !== undefined} onClick={() => setAsked(true)}>
        <Icon name="bin" />
        Discard
      </button>
      {asked && (
        <Question
          title={`Discard ${count} ${count === 1 ? "generation" : "generations"}?`}
          yes="Discard"
          no={count === 1 ? "Keep it" : "Keep them"}
          onAnswer={(agreed) => {
            setAsked(false);
            if (agreed) void discard();
          }}
        >
          <p>Documents and files are deleted. This cannot be undone.</p>
        </Question>
      )}
    </div>
  );
}

/** For those who do not see it: what has ended since it was last shown. */
function News({ generations }: { generations: readonly Generation[] }) {
  const before = useRef(new Map<string, string>());
  const [text, setText] = useState("");
  useEffect(() => {
    for (const one of generations) {
      const path = pathOf(one);
      const was = before.current.get(path);
      if (was !== undefined && was !== one.status && one.status !== "processing") {
        setText(`${labelOf(one.task_type)}: ${one.status}`);
      }
      before.current.set(path, one.status);
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
