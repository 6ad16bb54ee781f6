/** Sound with its waveform, as large as it is loud. */
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../ui/icon.js";
import { clock } from "../ui/text.js";

const BARS = 96;

export function SoundPlayer({ url, label }: { url: string; label: string }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [peaks, setPeaks] = useState<number[]>();
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(0);
  const [playing, setPlaying] = useState(false);

  useEffect(() => {
    const stop = new AbortController();
    setPeaks(undefined);
    peaksOf(url, stop.signal).then(setPeaks, () => {}); // without them it plays all the same
    return () => stop.abort();
  }, [url]);

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

/** How loud each part is, from 0 to 1. */
async function peaksOf(url: string, signal: AbortSignal): Promise<number[]> {
  const bytes = await (await fetch(url, { signal })).arrayBuffer();
  const context = new OfflineAudioContext(1, 1, 22_050);
  const samples = (await context.decodeAudioData(bytes)).getChannelData(0);
  const size = Math.max(1, Math.floor(samples.length / BARS));
  const loud = Array.from({ length: BARS }, (_, index) => {
    let most = 0;
    for (let at = index * size; at < Math.min(samples.length, (index + 1) * size); at += 4) {
      most = Math.max(most, Math.abs(samples[at]!));
    }
    return most;
  });
  const loudest = Math.max(...loud, 0.01);
  return loud.map((one) => one / loudest);
}
