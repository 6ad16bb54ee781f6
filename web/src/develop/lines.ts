/** What has happened, in a line. */
import { duration } from "../ui/text.js";
import type { Entry } from "./local.js";

export interface Line {
  who: "App" | "Functions" | "RunPod" | "Callback" | "Firepod";
  text: string;
  tone: "good" | "bad" | "plain";
}

/** Which generation an entry is about: its id, and its document's path where it says so much. */
export function aboutOf({ input, entry }: Entry): { fileUid: string; userId: unknown; path: string } | undefined {
  const { file_uid, user_id, media_type } = { ...entry, ...input };
  if (typeof file_uid !== "string") return undefined;
  return { fileUid: file_uid, userId: user_id, path: `generations/${user_id}/${media_type}/${file_uid}` };
}

/** Undefined: of no interest to anybody who looks on. */
export function lineOf(entry: Entry): Line | undefined {
  switch (entry.kind) {
    case "request":
      return {
        who: "Functions",
        text: `ask RunPod: ${entry.operation}, ${entry.answer === undefined ? "and hear no answer" : `answered ${entry.answer}`}`,
        tone: toneOf(entry.answer),
      };
    case "callback":
      return entry.answer === undefined
        ? { who: "Callback", text: `${entry.status}: ${entry.problem}`, tone: "bad" }
        : { who: "Callback", text: `${entry.status}, answered ${entry.answer}`, tone: toneOf(entry.answer) };
    case "job":
      return jobLine(entry);
    case "note":
      return noteLine(entry);
  }
}

const toneOf = (answer: number | undefined): Line["tone"] =>
  answer !== undefined && answer < 400 ? "plain" : "bad";

const JOB: Record<string, [string, Line["tone"]]> = {
  submitted: ["has a new job", "plain"],
  progressed: ["hears from the worker", "plain"],
  taken: ["gave the job to a worker", "plain"],
  returned: ["has the worker's answer", "good"],
  orphaned: ["lost the worker of the job", "bad"],
  retried: ["starts the job again", "plain"],
  cancelled: ["stopped the job", "plain"],
  "timed out": ["stopped the job, which took too long", "bad"],
  deleted: ["deleted the job", "bad"],
  "stop requested": ["told the worker to stop", "plain"],
  "worker killed": ["killed the worker, as you wished", "bad"],
  "result ignored": ["got an answer for a job that is over", "bad"],
};

function jobLine({ event = "", status, what, answer, problem }: Entry): Line {
  if (event === "forged callback") {
    return { who: "Callback", text: `forged, ${what}: ${answer === undefined ? problem : `answered ${answer}`}`, tone: "bad" };
  }
  const [text, tone] = JOB[event] ?? [event, "plain"];
  return { who: "RunPod", text: `${text}${status === undefined ? "" : ` (${status})`}`, tone };
}

const RUN = /^(Beginning execution of|Finished) "[a-z0-9]+-[a-z]+\d+-(\w+)"(?: in ([\d.]+)ms)?/;
const BAD = new Set(["WARNING", "ERROR", "CRITICAL"]);

function noteLine({ text = "", entry }: Entry): Line | undefined {
  if (entry === undefined || entry === null) {
    const [, what, name, took] = RUN.exec(text) ?? [];
    if (what !== "Finished") return undefined; // its end tells of it
    return { who: "Functions", text: `ran ${name} in ${duration(Number(took) / 1000)}`, tone: "plain" };
  }
  const severity = String(entry.severity ?? "INFO");
  if (severity === "DEBUG") return undefined;
  const event = String(entry.event ?? "").replaceAll("_", " ");
  const tone = BAD.has(severity) ? "bad" : entry.event === "generation_completed" ? "good" : "plain";
  const why = [entry.reason, entry.error_code, entry.http_status, entry.limit].filter((one) => one !== undefined);
  const said = why.length === 0 ? event : `${event}: ${why.join(", ")}`;
  return { who: "Firepod", text: event === "" ? String(entry.message ?? text) : said, tone };
}
