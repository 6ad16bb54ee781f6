/** A mask, painted on the start picture: white is made anew, black stays. */
import { useEffect, useRef, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { urlOf } from "../see/opening.js";
import { Dialog } from "../ui/dialog.js";
import { type FileValue, type Own, useFileUrl } from "./file_field.js";

/** A stroke: its width and its points, in pixels of the mask. */
interface Stroke {
  width: number;
  points: [number, number][];
}

const LARGEST_SIDE = 1024;

export function MaskPainter({
  start,
  onPainted,
  onClose,
}: {
  start: NonNullable<FileValue>;
  onPainted: (mask: File) => void;
  onClose: () => void;
}) {
  const fileUrl = useFileUrl(start instanceof File ? start : undefined);
  const [ownUrl, problem] = useWhole(start instanceof File ? undefined : start);
  const url = fileUrl ?? ownUrl;
  const [size, setSize] = useState<[number, number]>();
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [brush, setBrush] = useState(12); // percent of the smaller side
  const [at, setAt] = useState<[number, number]>(); // where the keys have brought the brush
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawing = useRef(false);
  const width = size === undefined ? 1 : (Math.min(...size) * brush) / 100;

  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (pen && size !== undefined) draw(pen, strokes);
  }, [strokes, size]);

  const place = (event: PointerEvent): [number, number] => {
    const box = canvas.current!.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * size![0],
      ((event.clientY - box.top) / box.height) * size![1],
    ];
  };
  const extend = (point: [number, number]) =>
    setStrokes((known) => known.map((one, index) => (index === known.length - 1 ? { ...one, points: [...one.points, point] } : one)));

  function onKey(event: KeyboardEvent) {
    if (size === undefined) return;
    const [x, y] = at ?? [size[0] / 2, size[1] / 2];
    const step = width / 2;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [x - step, y],
      ArrowRight: [x + step, y],
      ArrowUp: [x, y - step],
      ArrowDown: [x, y + step],
      " ": [x, y],
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const inside: [number, number] = [Math.min(size[0], Math.max(0, next[0])), Math.min(size[1], Math.max(0, next[1]))];
    setAt(inside);
    if (event.key === " ") setStrokes((known) => [...known, { width, points: [inside] }]);
  }

  async function use() {
    const painted = document.createElement("canvas");
    [painted.width, painted.height] = size!;
    const pen = painted.getContext("2d")!;
    draw(pen, strokes, "white");
    pen.globalCompositeOperation = "destination-over"; // what was not painted
    pen.fillRect(0, 0, ...size!);
    const blob = await new Promise<Blob | null>((resolve) => painted.toBlob(resolve, "image/png"));
    if (blob !== null) onPainted(new File([blob], "mask.png", { type: "image/png" }));
  }

  return (
    <Dialog label="Paint the mask" kind="wide" onClose={onClose}>
      <h2>Paint what is to be made anew</h2>
      {problem !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="mask">
        {url !== undefined && (
          <img
            src={url}
            alt=""
            onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => {
              const scale = Math.min(1, LARGEST_SIDE / Math.max(naturalWidth, naturalHeight));
              setSize([Math.round(naturalWidth * scale), Math.round(naturalHeight * scale)]);
            }}
          />
        )}
        {size !== undefined && (
          <canvas
            ref={canvas}
            width={size[0]}
            height={size[1]}
            tabIndex={0}
            role="application"
            aria-label="The picture: arrow keys move the brush, the space bar paints"
            onPointerDown={(event) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              drawing.current = true;
              setAt(undefined);
              setStrokes((known) => [...known, { width, points: [place(event)] }]);
            }}
            onPointerMove={(event) => drawing.current && extend(place(event))}
            onPointerUp={() => (drawing.current = false)}
            onPointerCancel={() => (drawing.current = false)}
            onKeyDown={onKey}
          />
        )}
        {size !== undefined && at !== undefined && (
          <span
            class="mask-brush"
            style={{
              left: `${(at[0] / size[0]) * 100}%`,
              top: `${(at[1] / size[1]) * 100}%`,
              width: `${(width / size[0]) * 100}%`,
            }}
          />
        )}
      </div>
      <label class="row mask-size">
        Brush
        <input type="range" min={2} max={40} value={brush} onInput={({ currentTarget }) => setBrush(currentTarget.valueAsNumber)} />
      </label>
      <div class="row end">
        <button type="button" class="quiet" disabled={strokes.length === 0} onClick={() => setStrokes([])}>
          Clear
        </button>
        <button type="button" class="quiet" disabled={strokes.length === 0} onClick={() => setStrokes(strokes.slice(0, -1))}>
          Undo
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="primary" disabled={strokes.length === 0} onClick={use}>
          Use this mask
        </button>
      </div>
    </Dialog>
  );
}

/** Where the picture itself is: a mask of its thumb's size would be coarse. And why it cannot be read, or "". */
function useWhole(own: Own | undefined): [string | undefined, string] {
  const { backend } = usePage();
  const [url, setUrl] = useState<string>();
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (own === undefined) return;
    urlOf(backend, own.path).then(setUrl, () => setProblem("The picture cannot be read. It may have been discarded."));
  }, [own?.path]);
  return [url, problem];
}

function draw(pen: CanvasRenderingContext2D, strokes: readonly Stroke[], colour = "#ff5c00") {
  pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.strokeStyle = colour;
  pen.lineCap = pen.lineJoin = "round";
  for (const { width, points } of strokes) {
    const [first, ...rest] = points;
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(...first!);
    for (const point of rest.length > 0 ? rest : [first!]) pen.lineTo(...point);
    pen.stroke();
  }
}
