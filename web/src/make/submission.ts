/** Sending a request: its files first, once each; what was wrong with it stands beside its fields. */
import { FirepodError, type GenerationRequest, type UploadOptions } from "firepod";
import { useFirepod } from "firepod/react";
import { useRef, useState } from "preact/hooks";

import type { Values } from "../context.js";
import type { Field } from "../tasks.js";
import { duration } from "../ui/text.js";
import { isOwn } from "./file_field.js";
import { type Begun, useLater, usePatience } from "./patience.js";

export interface Submission {
  /** What is being done, for the button; "" while nothing is. */
  busy: string;
  /** What was wrong with which field. */
  problems: ReadonlyMap<string, string>;
  alert: string;
  /** Resolves to whether it was taken. */
  send: (request: Values, fields: readonly Field[]) => Promise<boolean>;
  /** Forget what was wrong: with one field, or with all. */
  forget: (name?: string) => void;
  complain: (text: string) => void;
  /** Stop what is being done. */
  stop: () => void;
}

/** `onWrong` is called when the problems stand beside their fields. */
export function useSubmission(onWrong: () => void): Submission {
  const firepod = useFirepod();
  const [busy, setBusy] = useState("");
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const [alert, setAlert] = useState("");
  const sending = useRef(false); // at once, where `busy` waits to be drawn
  const uploaded = useRef(new WeakMap<File, string>());

  const patience = usePatience();
  const sayLater = useLater(setAlert);

  async function stored(file: File, options: UploadOptions): Promise<string> {
    const known = uploaded.current.get(file);
    if (known !== undefined) return known;
    const path = await firepod.upload(file, {
      ...options,
      onProgress: (fraction) => setBusy(`Uploading ${Math.round(fraction * 100)} %`),
    });
    uploaded.current.set(file, path);
    return path;
  }

  async function sendOnce(request: Values, { asking, uploading }: Begun): Promise<void> {
    const sent: Values = {};
    for (const [name, value] of Object.entries(request)) {
      sent[name] = value instanceof File ? await stored(value, uploading) : isOwn(value) ? value.path : value;
    }
    setBusy("Sending…");
    await firepod.generate(sent as unknown as GenerationRequest, asking);
  }

  function explain(error: FirepodError, fields: readonly Field[]) {
    if (error.code === "aborted") return;
    const known = [...error.fields].filter(([name]) => fields.some((one) => one.name === name));
    setProblems(new Map(known));
    if (known.length === 0 || known.length < error.fields.size) {
      const wait = error.retryAfterSeconds;
      const room = wait === undefined ? "" : ` There is room again in ${duration(wait)}, or when something ends.`;
      setAlert(error.message + room);
      sayLater("There is room again.", wait);
    } else {
      setAlert(known.length === 1 ? "One field needs a look." : `${known.length} fields need a look.`);
    }
    setTimeout(onWrong); // once they are drawn
  }

  async function send(request: Values, fields: readonly Field[]): Promise<boolean> {
    if (sending.current) return false;
    sending.current = true;
    setProblems(new Map());
    setAlert("");
    sayLater("");
    setBusy("Sending…");
    const begun = patience.begin();
    const earlier = Object.entries(request).filter(([, value]) => value instanceof File && uploaded.current.has(value));
    try {
      await sendOnce(request, begun).catch((error) => {
        // What was uploaded for an earlier one may have gone with it.
        const gone = earlier.filter(([name]) => FirepodError.from(error).fields.has(name));
        if (gone.length === 0) throw error;
        gone.forEach(([, file]) => uploaded.current.delete(file as File));
        return sendOnce(request, begun);
      });
      return true;
    } catch (error) {
      explain(FirepodError.from(error), fields);
      return false;
    } finally {
      sending.current = false;
      setBusy("");
    }
  }

  return {
    busy: busy !== "" && patience.waiting ? "Waiting for the connection…" : busy,
    problems,
    alert,
    send,
    forget(name) {
      if (name === undefined) {
        setProblems(new Map());
        setAlert("");
      } else if (problems.has(name)) {
        setProblems(new Map([...problems].filter(([one]) => one !== name)));
      }
    },
    complain: setAlert,
    stop: patience.stop,
  };
}
