/** A picture to look at closely, and two beside each other. */
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../ui/icon.js";

const MOST = 8;
const WHOLE = { scale: 1, x: 0, y: 0 };
const WAYS: Record<string, [number, number] | undefined> = {
  ArrowLeft: [80, 0],
  ArrowRight: [-80, 0],
  ArrowUp: [0, 80],
  ArrowDown: [0, -80],
};

/** Wheel, pinch, double click or + and - zoom; what is larger than the frame is dragged. */
export function Zoom({
  url,
  label,
  width,
  height,
  onError,
}: {
  url: string;
  label: string;
  width: number | undefined;
  height: number | undefined;
  onError: () => void;
}) {
  const [view, setView] = useState(WHOLE);
  const frame = useRef<HTMLDivElement>(null);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  useEffect(() => setView(WHOLE), [url]);

  const zoom = (by: number) =>
    setView(({ scale, x, y }) => {
      const next = Math.min(MOST, Math.max(1, scale * by));
      return next === 1 ? WHOLE : { scale: next, x: (x * next) / scale, y: (y * next) / scale };
    });

  useEffect(() => {
    const element = frame.current!;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);

  function move(event: PointerEvent) {
    const before = pointers.current.get(event.pointerId);
    if (before === undefined) return;
    const now = { x: event.clientX, y: event.clientY };
    const [other] = [...pointers.current].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    if (other !== undefined) {
      zoom(Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)));
    } else {
      setView(({ scale, x, y }) => (scale === 1 ? { scale, x, y } : { scale, x: x + now.x - before.x, y: y + now.y - before.y }));
    }
    pointers.current.set(event.pointerId, now);
  }

  const pan = (x: number, y: number) => setView((now) => ({ ...now, x: now.x + x, y: now.y + y }));

  return (
    <div class="zoom-ground">
      <div
        ref={frame}
        class="zoom"
        data-zoomed={view.scale > 1}
        role="group"
        tabIndex={0}
        aria-label={`${label}; plus and minus zoom`}
        onKeyDown={(event) => {
          if (event.key === "+" || event.key === "=") zoom(1.3);
          if (event.key === "-") zoom(1 / 1.3);
          if (event.key === "0") setView(WHOLE);
          const way = WAYS[event.key];
          if (view.scale > 1 && way !== undefined) {
            event.preventDefault(); // it would lead to the next one
            pan(...way);
          }
        }}
        onDblClick={() => zoom(view.scale > 1 ? 1 / MOST : 2.5)}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
        }}
        onPointerMove={move}
        onPointerUp={(event) => pointers.current.delete(event.pointerId)}
        onPointerCancel={(event) => pointers.current.delete(event.pointerId)}
      >
        <img
          src={url}
          alt={label}
          onError={onError}
          width={width}
          height={height}
          draggable={false}
          style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}
        />
      </div>
      <div class="zoom-buttons" role="group" aria-label="Zoom">
        <button type="button" class="icon-only" aria-label="Smaller" onClick={() => zoom(1 / 1.5)}>
          <Icon name="minus" />
        </button>
        <button type="button" aria-label={`${Math.round(view.scale * 100)} %, show the whole picture`} onClick={() => setView(WHOLE)}>
          {Math.round(view.scale * 100)} %
        </button>
        <button type="button" class="icon-only" aria-label="Larger" onClick={() => zoom(1.5)}>
          <Icon name="plus" />
        </button>
      </div>
    </div>
  );
}

/** Two pictures in one place, parted where one wants to look. */
export function Compare({ before, after, label, onError }: { before: string; after: string; label: string; onError: () => void }) {
  const [part, setPart] = useState(50);
  return (
    <div class="compare" dir="ltr">
      <img src={after} alt={label} onError={onError} />
      <img src={before} alt="What it is compared with" onError={onError} style={{ clipPath: `inset(0 ${100 - part}% 0 0)` }} />
      <span class="compare-line" style={{ insetInlineStart: `${part}%` }} aria-hidden="true" />
      <input
        type="range"
        aria-label="Where the two meet"
        min={0}
        max={100}
        value={part}
        onInput={({ currentTarget }) => setPart(Number(currentTarget.value))}
      />
    </div>
  );
}
