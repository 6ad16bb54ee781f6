/** A file for a request: chosen, dropped, recorded, or one of the user's own results. */
import { LARGEST_UPLOAD_BYTES } from "firepod";
import { useEffect, useRef, useState } from "preact/hooks";

import { useOpening } from "../see/opening.js";
import { Icon } from "../ui/icon.js";
import { MaskPainter } from "./mask.js";
import { OwnPictures } from "./own_pictures.js";
import { Recorder } from "./recorder.js";

/** One of the user's own results, as an input. */
export interface Own {
  path: string;
  /** Of its thumb, if it has one. */
  url: string;
  words: string;
}

export type FileValue = File | Own | undefined;

export function isOwn(value: unknown): value is Own {
  return typeof value === "object" && value !== null && "path" in value;
}

export function FileField({
  id,
  accept,
  value,
  describedBy,
  invalid,
  onChange,
  ...more
}: {
  id: string;
  accept: string;
  value: FileValue;
  describedBy: string;
  invalid: boolean;
  onChange: (value: FileValue) => void;
  /** For a mask: the picture that it can be painted on, once there is one. */
  maskOf?: FileValue;
}) {
  const [asked, ask] = useState<"own" | "paint">();
  const [problem, setProblem] = useState("");
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const choose = (file: File | undefined) => {
    if (file === undefined) return;
    const wrong = problemOf(file, accept);
    setProblem(wrong);
    if (wrong === "") onChange(file);
  };
  const take = (chosen: File | Own) => {
    setProblem("");
    ask(undefined);
    onChange(chosen);
  };
  return (
    <div
      class={`file ${over ? "over" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        choose(event.dataTransfer?.files[0]);
      }}
    >
      <input
        ref={input}
        id={id}
        type="file"
        class="visually-hidden"
        accept={accept}
        aria-describedby={describedBy}
        aria-invalid={invalid || problem !== ""}
        onChange={(event) => {
          choose(event.currentTarget.files?.[0]);
          event.currentTarget.value = ""; // the same file may be chosen again
        }}
      />
      {value === undefined ? (
        <div class="row">
          <label for={id} class="file-drop">
            <Icon name="upload" />
            Choose a file or drop it here
          </label>
          {accept.includes("audio") && <Recorder onRecorded={choose} />}
          {accept.includes("image") && !("maskOf" in more) && (
            <button type="button" onClick={() => ask("own")}>
              <Icon name="images" />
              Your pictures
            </button>
          )}
          {more.maskOf !== undefined && (
            <button type="button" onClick={() => ask("paint")}>
              <Icon name="brush" />
              Paint it
            </button>
          )}
          {"maskOf" in more && more.maskOf === undefined && <p class="hint">Or choose the start picture, and paint on it.</p>}
        </div>
      ) : (
        <Chosen
          value={value}
          onRemove={() => {
            onChange(undefined);
            input.current?.focus();
          }}
        />
      )}
      {problem !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {asked === "own" && <OwnPictures onChosen={take} onClose={() => ask(undefined)} />}
      {asked === "paint" && more.maskOf !== undefined && (
        <MaskPainter start={more.maskOf} onPainted={take} onClose={() => ask(undefined)} />
      )}
    </div>
  );
}

/** A URL of a file that was chosen from this machine, as long as it is needed. */
export function useFileUrl(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (file === undefined) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}

function Chosen({ value, onRemove }: { value: File | Own; onRemove: () => void }) {
  const own = value instanceof File ? undefined : value;
  const fileUrl = useFileUrl(value instanceof File ? value : undefined);
  const [ownUrl, failed] = useOpening(own?.url ?? "", own?.path);
  const url = own === undefined ? fileUrl : ownUrl;
  const name = value instanceof File ? value.name : value.words;
  const sound = value instanceof File ? value.type.startsWith("audio") : /\.(wav|mp3|ogg)$/.test(value.path);
  return (
    <div class="file-chosen">
      {url !== undefined &&
        (sound ? <audio src={url} controls onError={failed} aria-label={name} /> : <img src={url} onError={failed} alt="" />)}
      <span class="file-name">{name}</span>
      <button type="button" class="quiet icon-only" aria-label={`Remove ${name}`} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Why a file cannot be taken, before it is sent; "" if it can. */
export function problemOf(file: File, accept: string): string {
  const kinds = accept.split(",");
  const type = file.type.split(";")[0] ?? "";
  const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
  if (!kinds.includes(type) && !kinds.includes(ending)) return `${file.name} is of another type.`;
  if (file.size > LARGEST_UPLOAD_BYTES) return `${file.name} is larger than 25 MiB.`;
  if (file.size === 0) return `${file.name} is empty.`;
  return "";
}
