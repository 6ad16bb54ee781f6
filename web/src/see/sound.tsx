/** What a sound shows in the gallery. */
import type { MediaType, OutputFile } from "firepod";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../ui/icon.js";
import { BARS, usePeaks } from "./peaks.js";

const STAYS_MS = 150;
const SMALL_BYTES = 1_000_000;

/**
 * A sound: a line until somebody stays at it, by mouse or keyboard, and from then on its waveform. A gallery loads no sounds of
 * its own accord.
 */
export function SoundLine({ media, output }: { media: MediaType; output: OutputFile | undefined }) {
  const place = useRef<HTMLSpanElement>(null);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const tile = place.current!.closest(".tile")!;
    let waiting: ReturnType<typeof setTimeout>;
    const come = () => (waiting = setTimeout(() => setWanted(true), STAYS_MS));
    const go = () => clearTimeout(waiting);
    const events = [["pointerenter", come], ["focusin", come], ["pointerleave", go], ["focusout", go]] as const;
    events.forEach(([name, heard]) => tile.addEventListener(name, heard));
    return () => {
      go();
      events.forEach(([name, heard]) => tile.removeEventListener(name, heard));
    };
  }, []);
  const small = output !== undefined && output.size_bytes <= SMALL_BYTES;
  const peaks = usePeaks(output?.url, wanted && small);
  return (
    <span ref={place} class="tile-sound">
      <Icon name={media} />
      <svg viewBox={`0 0 ${BARS} 100`} preserveAspectRatio="none" data-known={peaks !== undefined} aria-hidden="true">
        <path d={peaks === undefined ? LINE : lineOf(peaks)} />
      </svg>
    </span>
  );
}

/** Every second part as a stroke, as high as it is loud. */
function lineOf(peaks: readonly number[]): string {
  return peaks
    .map((peak, at) => (at % 2 === 0 ? `M${at + 1} ${50 - 47 * Math.max(peak, 0.03)}v${94 * Math.max(peak, 0.03)}` : ""))
    .join("");
}

const LINE = lineOf(Array<number>(BARS).fill(0));
