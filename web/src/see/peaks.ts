/** How loud a sound is along its length. No document tells it: the page finds it out of the file, once. */
import { useEffect, useState } from "preact/hooks";

import { Recent } from "./recent.js";

export const BARS = 96;
const MOST = 300;
const _known = new Recent<Promise<readonly number[]>>(MOST);

/** From 0 to 1 for each part; undefined until it is known. Nothing is loaded before it is `wanted`. */
export function usePeaks(url: string | undefined, wanted: boolean): readonly number[] | undefined {
  const [found, setFound] = useState<{ url: string; peaks: readonly number[] }>();
  useEffect(() => {
    if (url === undefined || (!wanted && _known.get(url) === undefined)) return;
    let current = true;
    peaksOf(url).then((peaks) => current && setFound({ url, peaks }), () => {}); // without them it plays all the same
    return () => {
      current = false;
    };
  }, [url, wanted]);
  return found !== undefined && found.url === url ? found.peaks : undefined;
}

function peaksOf(url: string): Promise<readonly number[]> {
  const known = _known.get(url);
  if (known !== undefined) return known;
  const peaks = measured(url);
  _known.set(url, peaks);
  peaks.catch(() => _known.delete(url)); // the next one tries again
  return peaks;
}

async function measured(url: string): Promise<readonly number[]> {
  const bytes = await (await fetch(url)).arrayBuffer();
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
