/** What can be done with one generation. */
import { FirepodError, type Generation, type OutputFile, type TaskType, hasEnded, pathOf } from "firepod";
import { useFirepod } from "firepod/react";
import { useState } from "preact/hooks";

import { usePage } from "../context.js";
import { valuesOf } from "../make/request.js";
import { TASKS } from "../tasks.js";
import { Question } from "../ui/dialog.js";
import { Icon } from "../ui/icon.js";
import { wordsOf } from "../ui/text.js";

export function Actions({
  generation,
  output,
  onDone,
}: {
  generation: Generation;
  output: OutputFile | undefined;
  onDone: () => void;
}) {
  const page = usePage();
  const firepod = useFirepod();
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const handle = firepod.generation(pathOf(generation));
  const act = async (call: () => Promise<unknown>) => {
    setBusy(true);
    setProblem("");
    try {
      await call();
    } catch (error) {
      setProblem(FirepodError.from(error).message);
    } finally {
      setBusy(false);
    }
  };
  const begin = (taskType: TaskType, values: Record<string, unknown>) => {
    onDone();
    page.begin(taskType, values);
  };
  const words = wordsOf(generation);
  const own = output && { path: output.path, url: output.thumb_url ?? output.url, words };
  const known = generation.task_type in TASKS;
  const copy = async (text: string, what: string) => {
    await navigator.clipboard.writeText(text);
    page.say(`${what} copied`);
  };
  return (
    <div class="actions">
      {!hasEnded(generation.status) && (
        <button type="button" disabled={busy} onClick={() => act(() => handle.cancel())}>
          Cancel
        </button>
      )}
      {(generation.status === "failed" || generation.status === "cancelled") && (
        <button type="button" class="primary" disabled={busy} onClick={() => act(() => handle.retry())}>
          Try again
        </button>
      )}
      {generation.status === "completed" && known && (
        <>
          <button type="button" onClick={() => begin(generation.task_type, valuesOf(generation, false))}>
            <Icon name="dice" />
            Vary
          </button>
          <button type="button" onClick={() => begin(generation.task_type, valuesOf(generation, true))}>
            <Icon name="again" />
            Same again
          </button>
        </>
      )}
      {generation.status === "completed" && generation.media_type === "images" && own && (
        <>
          <button type="button" onClick={() => begin("img2img", { prompt: words, init_image: own })}>
            Use as start
          </button>
          <button type="button" onClick={() => begin("img2video", { prompt: words, init_image: own })}>
            Make a video of it
          </button>
          <button type="button" onClick={() => begin("tts", { text: words })}>
            Read it aloud
          </button>
        </>
      )}
      {generation.status === "completed" && generation.media_type === "voices" && (
        <button type="button" onClick={() => begin("tts", { voice_id: generation.file_uid })}>
          Speak with it
        </button>
      )}
      {output && (
        <>
          <Download output={output} />
          <button type="button" class="quiet" onClick={() => copy(output.url, "Link")}>
            <Icon name="link" />
            Copy link
          </button>
        </>
      )}
      {words !== "" && (
        <button type="button" class="quiet" onClick={() => copy(words, "Prompt")}>
          <Icon name="copy" />
          Copy prompt
        </button>
      )}
      <button type="button" class="quiet" disabled={busy} onClick={() => setAsked(true)}>
        <Icon name="bin" />
        Discard
      </button>
      {problem !== "" && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {asked && (
        <Question
          title="Discard this generation?"
          yes="Discard"
          onAnswer={(agreed) => {
            setAsked(false);
            if (agreed) void act(() => handle.discard());
          }}
        >
          <p class="quote">{words}</p>
          <p>Its document and its files are deleted. This cannot be undone.</p>
        </Question>
      )}
    </div>
  );
}

/** A file of another origin is only saved where the page fetches it itself. */
function Download({ output }: { output: OutputFile }) {
  const page = usePage();
  const [busy, setBusy] = useState(false);
  async function save() {
    setBusy(true);
    try {
      const answer = await fetch(output.url);
      if (!answer.ok) throw new Error(String(answer.status));
      const url = URL.createObjectURL(await answer.blob());
      const link = document.createElement("a");
      link.href = url;
      link.download = output.path.slice(output.path.lastIndexOf("/") + 1);
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch {
      page.say("The file cannot be read.");
    } finally {
      setBusy(false);
    }
  }
  return (
    <button type="button" disabled={busy} onClick={save}>
      <Icon name="download" />
      Download
    </button>
  );
}
