import { thumbHashToDataURL } from "thumbhash";
import { useMemo, useState } from "preact/hooks";

/** A picture on the ground of its ThumbHash, which is there at once. */
export function Thumb({ url, hash, alt }: { url: string; hash: string | undefined; alt: string }) {
  const [there, setThere] = useState(false);
  const ground = useMemo(() => (hash === undefined ? undefined : groundOf(hash)), [hash]);
  return (
    <span class="thumb" style={ground === undefined ? undefined : { backgroundImage: `url(${ground})` }}>
      <img
        src={url}
        alt={alt}
        loading="lazy"
        decoding="async"
        class={there ? "there" : ""}
        onLoad={() => setThere(true)}
      />
    </span>
  );
}

export function groundOf(hash: string): string | undefined {
  try {
    return thumbHashToDataURL(Uint8Array.from(atob(hash), (letter) => letter.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
