/** A file for a request: chosen, dropped, recorded, or one of the user's own results. */
import { LARGEST_UPLOAD_BYTES } from "firepod";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../ui/icon.js";
import { clock } from "../ui/text.js";

/** One of the user's own results, as an input. */
export interface Own {
  path: string;
  url: string;
  words: string;
}

export type FileValue = File | Own | undefined;

export function FileField({
  id,
  accept,
  value,
  describedBy,
  invalid,
  onChange,
}: {
  id: string;
  accept: string;
  value: FileValue;
  describedBy: string;
  invalid: boolean;
  onChange: (value: FileValue) => void;
}) {
  const [problem, setProblem] = useState("");
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const choose = (file: File | undefined) => {
    if (file === undefined) return;
    const wrong = problemOf(file, accept);
    setProblem(wrong);
    if (wrong === "") onChange(file);
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
    </div>
  );
}

function Chosen({ value, onRemove }: { value: File | Own; onRemove: () => void }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!(value instanceof File)) {
      setUrl(value.url);
      return;
    }
    const made = URL.createObjectURL(value);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [value]);
  const name = value instanceof File ? value.name : value.words;
  const sound = value instanceof File ? value.type.startsWith("audio") : /\.(wav|mp3|ogg)$/.test(value.path);
  return (
    <div class="file-chosen">
      {url !== undefined &&
        (sound ? <audio src={url} controls aria-label={name} /> : <img src={url} alt="" />)}
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

const LONGEST_SECONDS = 60;

/** The microphone: what was said becomes a file. */
function Recorder({ onRecorded }: { onRecorded: (file: File) => void }) {
  const [since, setSince] = useState<number>();
  const [now, setNow] = useState(0);
  const [problem, setProblem] = useState("");
  const recorder = useRef<MediaRecorder>();
  useEffect(() => {
    if (since === undefined) return;
    const ticking = setInterval(() => {
      setNow(Date.now());
      if (Date.now() - since > LONGEST_SECONDS * 1000) recorder.current?.stop();
    }, 250);
    return () => clearInterval(ticking);
  }, [since]);
  useEffect(() => () => recorder.current?.stop(), []);
  if (typeof MediaRecorder === "undefined" || navigator.mediaDevices === undefined) return null;

  async function start() {
    setProblem("");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const mimeType = ["audio/mp4", "audio/ogg;codecs=opus", "audio/webm;codecs=opus"].find((one) =>
        MediaRecorder.isTypeSupported(one),
      );
      const parts: Blob[] = [];
      const made = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType });
      made.ondataavailable = ({ data }) => parts.push(data);
      made.onstop = async () => {
        stream.getTracks().forEach((track) => track.stop());
        setSince(undefined);
        onRecorded(await asWav(new Blob(parts, { type: made.mimeType })));
      };
      recorder.current = made;
      made.start();
      setNow(Date.now());
      setSince(Date.now());
    } catch {
      setProblem("The microphone cannot be used: allow it for this page.");
    }
  }

  return (
    <>
      {since === undefined ? (
        <button type="button" onClick={start}>
          <Icon name="record" />
          Record
        </button>
      ) : (
        <button type="button" class="recording" onClick={() => recorder.current?.stop()}>
          <Icon name="record" />
          Stop at {clock((now - since) / 1000)}
        </button>
      )}
      {problem !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

/** What a browser records is a container that no voice engine reads everywhere; WAV is. */
async function asWav(recorded: Blob): Promise<File> {
  const context = new AudioContext();
  try {
    const sound = await context.decodeAudioData(await recorded.arrayBuffer());
    const samples = sound.getChannelData(0);
    const data = new DataView(new ArrayBuffer(44 + samples.length * 2));
    const text = (at: number, words: string) =>
      [...words].forEach((letter, index) => data.setUint8(at + index, letter.charCodeAt(0)));
    text(0, "RIFF");
    data.setUint32(4, 36 + samples.length * 2, true);
    text(8, "WAVEfmt ");
    data.setUint32(16, 16, true);
    data.setUint16(20, 1, true);
    data.setUint16(22, 1, true);
    data.setUint32(24, sound.sampleRate, true);
    data.setUint32(28, sound.sampleRate * 2, true);
    data.setUint16(32, 2, true);
    data.setUint16(34, 16, true);
    text(36, "data");
    data.setUint32(40, samples.length * 2, true);
    samples.forEach((sample, index) => {
      data.setInt16(44 + index * 2, Math.max(-1, Math.min(1, sample)) * 0x7fff, true);
    });
    return new File([data.buffer], "recording.wav", { type: "audio/wav" });
  } finally {
    await context.close();
  }
}
