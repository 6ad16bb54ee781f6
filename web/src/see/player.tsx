/** Sound with its waveform, as large as it is loud. */
import { useRef, useState } from "preact/hooks";

import { Icon } from "../ui/icon.js";
import { clock } from "../ui/text.js";
import { BARS, usePeaks } from "./peaks.js";

const MOST_SECONDS = 600; // decoded, they take 53 MB of the page's memory; a text of 50,000 characters is an hour

export function SoundPlayer({ url, label, onError }: { url: string; label: string; onError: () => void }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(0);
  const peaks = usePeaks(url, length > 0 && length <= MOST_SECONDS);
  const [playing, setPlaying] = useState(false);

  const part = length > 0 ? at / length : 0;
  const seek = (fraction: number) => {
    if (audio.current && length > 0) audio.current.currentTime = fraction * length;
  };
  return (
    <div class="sound-player">
      <audio
        ref={audio}
        src={url}
        preload="metadata"
        onError={onError}
        onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)}
        onLoadedMetadata={({ currentTarget }) => setLength(Number.isFinite(currentTarget.duration) ? currentTarget.duration : 0)}
        onDurationChange={({ currentTarget }) => setLength(Number.isFinite(currentTarget.duration) ? currentTarget.duration : 0)}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
      />
      <button
        type="button"
        class="primary icon-only"
        aria-label={playing ? `Pause ${label}` : `Play ${label}`}
        onClick={() => (playing ? audio.current?.pause() : void audio.current?.play())}
      >
        <Icon name={playing ? "pause" : "play"} />
      </button>
      <svg class="waveform" viewBox={`0 0 ${BARS * 3} 60`} preserveAspectRatio="none" aria-hidden="true">
        {Array.from({ length: BARS }, (_, index) => {
          const height = Math.max(2, (peaks?.[index] ?? 0.1) * 56);
          return (
            <rect
              key={index}
              x={index * 3}
              y={30 - height / 2}
              width={2}
              height={height}
              class={index / BARS < part ? "played" : ""}
            />
          );
        })}
      </svg>
      <input
        type="range"
        class="seek"
        aria-label={`Place in ${label}`}
        min={0}
        max={length || 1}
        step={0.1}
        value={at}
        aria-valuetext={`${clock(at)} of ${clock(length)}`}
        onInput={({ currentTarget }) => seek(Number(currentTarget.value) / (length || 1))}
      />
      <span class="clock">
        {clock(at)} / {clock(length)}
      </span>
    </div>
  );
}
