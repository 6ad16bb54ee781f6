import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "../ui/icon.js";
import { clock } from "../ui/text.js";

const LONGEST_SECONDS = 60;

/** The microphone: what was said becomes a file. */
export function Recorder({ onRecorded }: { onRecorded: (file: File) => void }) {
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
  useEffect(
    () => () => {
      if (recorder.current === undefined) return;
      recorder.current.onstop = null; // what nobody waits for any more
      if (recorder.current.state !== "inactive") recorder.current.stop();
      recorder.current.stream.getTracks().forEach((track) => track.stop());
    },
    [],
  );
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
        try {
          onRecorded(await asWav(new Blob(parts, { type: made.mimeType })));
        } catch {
          setProblem("Nothing was recorded: speak for some seconds.");
        }
      };
      recorder.current = made;
      made.start();
      setNow(Date.now());
      setSince(Date.now());
    } catch (error) {
      const none = error instanceof DOMException && error.name === "NotFoundError";
      setProblem(none ? "No microphone was found." : "The microphone cannot be used: allow it for this page.");
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
