/** The tiles of the gallery: only those around what is seen are in the page. */
import { type Generation, pathOf } from "firepod";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { type Layout, type Row, layOut, neighbour, rowOf, visible } from "./layout.js";
import type { Selection } from "./selection.js";
import { Tile } from "./tile.js";

const AROUND = 800; // pixels above and below what is seen that are drawn already
const NEXT_PAGE_BEFORE = 2400;
const BELOW_THE_TOP = 90; // what stands over the page's upper edge

export function Tiles({
  shown,
  selection,
  hasOlder,
  loadOlder,
  onOpen,
  wanted,
}: {
  shown: readonly Generation[];
  selection: Selection;
  hasOlder: boolean;
  loadOlder: () => Promise<void>;
  onOpen: (generation: Generation) => void;
  /** Give the focus to this one; each new object is a new wish. */
  wanted: { path: string } | undefined;
}) {
  const ground = useRef<HTMLDivElement>(null);
  const { width, seen } = useWindow(ground);
  const layout = useMemo(() => layOut(shown, width), [shown, width]);
  const [current, setCurrent] = useState<string>();
  const lines = drawn(layout, seen, current);
  const first = lines.find((line) => line.kind === "row");
  const inReach = current !== undefined && rowOf(layout, current) ? current : first && pathOf(first.tiles[0]!.generation);

  const loading = useRef(false);
  useEffect(() => {
    if (!hasOlder || loading.current || seen[1] + NEXT_PAGE_BEFORE < layout.height) return;
    loading.current = true;
    void loadOlder().finally(() => (loading.current = false));
  }, [seen, layout, hasOlder, loadOlder]);

  function focus(path: string) {
    const row = rowOf(layout, path);
    if (row === undefined) return;
    setCurrent(path);
    const top = ground.current!.getBoundingClientRect().top + row.top;
    if (top < BELOW_THE_TOP) scrollBy(0, top - BELOW_THE_TOP);
    else if (top + row.height > innerHeight) scrollBy(0, top + row.height - innerHeight + 16);
    requestAnimationFrame(() => openerOf(ground.current, path)?.focus({ preventScroll: true }));
  }
  useEffect(() => {
    if (wanted !== undefined) focus(wanted.path);
  }, [wanted]);

  function onKeyDown(event: KeyboardEvent) {
    const path = (event.target as Element).closest<HTMLElement>("[data-path]")?.dataset.path;
    if (path === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const flipped = getComputedStyle(ground.current!).direction === "rtl";
    const next = neighbour(layout, path, event.key, flipped);
    if (next === undefined) return;
    event.preventDefault();
    focus(pathOf(next));
  }

  return (
    <div
      ref={ground}
      class="tiles"
      style={{ height: `${layout.height}px` }}
      onKeyDown={onKeyDown}
      onFocusIn={({ target }) => setCurrent((target as Element).closest<HTMLElement>("[data-path]")?.dataset.path)}
    >
      {width > 0 &&
        lines.map((line) =>
          line.kind === "heading" ? (
            <h3 key={line.text} class="tiles-day" style={{ top: `${line.top}px`, height: `${line.height}px` }}>
              {line.text}
            </h3>
          ) : (
            line.tiles.map(({ generation, left, width: wide }) => (
              <Tile
                key={pathOf(generation)}
                generation={generation}
                top={line.top}
                left={left}
                width={wide}
                height={line.height}
                selected={selection.has(generation)}
                selecting={selection.chosen.length > 0}
                inReach={pathOf(generation) === inReach}
                onOpen={onOpen}
                onSelect={selection.toggle}
              />
            ))
          ),
        )}
    </div>
  );
}

/** What is seen, and the line with the focus, which must not go while one scrolls away from it. */
function drawn(layout: Layout, seen: readonly [number, number], current: string | undefined): Layout["lines"] {
  const lines = visible(layout, ...seen);
  const row: Row | undefined = current === undefined ? undefined : rowOf(layout, current);
  return row === undefined || lines.includes(row) ? lines : [row, ...lines];
}

function openerOf(ground: HTMLElement | null, path: string): HTMLElement | null | undefined {
  return ground?.querySelector<HTMLElement>(`[data-path="${path}"] .tile-open`);
}

/** How wide the ground is, and which part of its height is in the window or near it, in pixels. */
function useWindow(ground: { current: HTMLElement | null }): { width: number; seen: readonly [number, number] } {
  const [width, setWidth] = useState(0);
  const [seen, setSeen] = useState<readonly [number, number]>([0, 1500]);
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
  return { width, seen };
}
