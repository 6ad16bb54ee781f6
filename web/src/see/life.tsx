/** The life of a generation, each step with its time. */
import { type Generation, type OutputFile } from "firepod";
import { useEffect, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { duration, moment } from "../ui/text.js";
import { previewsOf } from "./previews.js";
import { type Step, lifeOf } from "./stages.js";

export function Life({ generation, output }: { generation: Generation; output: OutputFile | undefined }) {
  const uploaded = useUploaded(output);
  const steps = lifeOf(generation, seen(generation, uploaded));
  if (steps.length === 0) return null;
  return (
    <section>
      <h3>Its life</h3>
      <ol class="life">
        {steps.map(({ text, at, after }, index) => (
          <li key={index}>
            <span>{text}</span>
            <time dateTime={at.toISOString()} title={moment(at)}>
              {after === undefined ? moment(at) : `+${duration(after)}`}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What the document does not tell: previews as this page saw them, and when Storage had the file. */
function seen(generation: Generation, uploaded: Date | undefined): Step[] {
  const previews = previewsOf(generation);
  return [
    ...(previews === undefined ? [] : [{ text: "First preview", at: previews.first }]),
    ...(previews === undefined || previews.count < 2 ? [] : [{ text: `Preview ${previews.count}`, at: previews.latest }]),
    ...(uploaded === undefined ? [] : [{ text: "Uploaded", at: uploaded }]),
  ];
}

function useUploaded(output: OutputFile | undefined): Date | undefined {
  const { backend } = usePage();
  const [uploaded, setUploaded] = useState<Date>();
  const path = output?.path;
  useEffect(() => {
    setUploaded(undefined);
    if (path === undefined) return;
    let current = true;
    void import("firebase/storage").then(async ({ getMetadata, getStorage, ref }) => {
      const found = await getMetadata(ref(getStorage(backend.app), path)).catch(() => undefined);
      if (current && found !== undefined) setUploaded(new Date(found.timeCreated));
    });
    return () => {
      current = false;
    };
  }, [path]);
  return uploaded;
}
