import { thumbHashToAverageRGBA, thumbHashToDataURL } from "thumbhash";
import { useEffect, useMemo, useState } from "preact/hooks";

import { type Small, useOpening } from "./opening.js";

const LATE_AFTER_MS = 120;

/**
 * A picture on a ground of its ThumbHash: its colour at once, and a blurred picture where the real one is late. Most are there
 * before anybody sees the difference, and to paint a blur for each that is scrolled past would take a third of the time.
 */
export function Thumb({ small: { url, path, hash }, alt }: { small: Small; alt: string }) {
  const [src, failed] = useOpening(url, path);
  const [there, setThere] = useState(false);
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (there) return;
    const waiting = setTimeout(() => setLate(true), LATE_AFTER_MS);
    return () => clearTimeout(waiting);
  }, [there]);
  const ground = useMemo(() => groundOf(hash, late), [hash, late]);
  return (
    <span class="thumb" style={ground}>
      <img
        src={src}
        alt={alt}
        loading="lazy"
        decoding="async"
        class={`${late ? "late" : ""} ${there ? "there" : ""}`}
        onLoad={() => setThere(true)}
        onError={failed}
      />
    </span>
  );
}

function groundOf(hash: string | undefined, blurred: boolean) {
  if (hash === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(hash), (letter) => letter.charCodeAt(0));
    if (blurred) return { backgroundImage: `url(${thumbHashToDataURL(bytes)})` };
    const { r, g, b } = thumbHashToAverageRGBA(bytes);
    return { backgroundColor: `rgb(${[r, g, b].map((part) => Math.round(part * 255))})` };
  } catch {
    return undefined; // it is no ThumbHash
  }
}
