import { FirepodError } from "firepod";
import { useFirepod } from "firepod/react";
import { type ChangeEvent, type FormEvent, useEffect, useRef, useState } from "react";

import { sentence } from "./backend";

/** A picture to start from: where it is stored, and how it looks here. */
export interface Start {
  path: string;
  url: string;
}

interface Props {
  start: Start | undefined;
  onStart: (start: Start | undefined) => void;
  onMade: (path: string) => void;
}

export function Composer({ start, onStart, onMade }: Props) {
  const firepod = useFirepod();
  const [prompt, setPrompt] = useState("");
  const [asking, setAsking] = useState(false);
  const [uploaded, setUploaded] = useState<number>();
  const [error, setError] = useState("");
  const upload = useRef<AbortController>(undefined);
  useEffect(() => () => upload.current?.abort(), []);

  const make = async (event: FormEvent) => {
    event.preventDefault();
    setAsking(true);
    setError("");
    try {
      const { path } = await firepod.generate(
        start ? { task_type: "img2img", prompt, init_image: start.path } : { task_type: "text2img", prompt },
      );
      onMade(path);
    } catch (reason) {
      const { code, fields } = FirepodError.from(reason);
      if (code === "not-found" || fields.has("init_image")) {
        onStart(undefined); // it was discarded, or went with the picture that began with it
      }
      setError(sentence(reason));
    } finally {
      setAsking(false);
    }
  };

  const choose = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    target.value = ""; // so that the same file can be chosen again
    if (file === undefined) {
      return;
    }
    upload.current?.abort();
    const { signal } = (upload.current = new AbortController());
    setError("");
    setUploaded(0);
    try {
      const path = await firepod.upload(file, { onProgress: setUploaded, signal });
      onStart({ path, url: URL.createObjectURL(file) });
    } catch (reason) {
      if (!signal.aborted) {
        setError(sentence(reason));
      }
    } finally {
      if (upload.current?.signal === signal) {
        setUploaded(undefined);
      }
    }
  };

  return (
    <form className="composer" onSubmit={make}>
      <label htmlFor="prompt">What is to be seen?</label>
      <textarea
        id="prompt"
        rows={3}
        required
        value={prompt}
        placeholder="A lighthouse at sunset, watercolour"
        onChange={({ target }) => setPrompt(target.value)}
      />
      <div className="row">
        {start && <img className="start" src={start.url} alt="What it starts from" />}
        {start && (
          <button type="button" onClick={() => onStart(undefined)}>
            Start from nothing
          </button>
        )}
        {!start && uploaded === undefined && (
          <label className="button">
            Start from a picture
            <input type="file" accept="image/png,image/jpeg,image/webp" onChange={choose} />
          </label>
        )}
        {uploaded !== undefined && <progress aria-label="Upload" value={uploaded} />}
        {uploaded !== undefined && (
          <button type="button" onClick={() => upload.current?.abort()}>
            Stop the upload
          </button>
        )}
        <button className="main" disabled={asking || uploaded !== undefined}>
          {asking ? "Asking …" : "Make a picture"}
        </button>
      </div>
      {error && <p role="alert">{error}</p>}
    </form>
  );
}
