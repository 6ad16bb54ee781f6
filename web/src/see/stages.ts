/** What is told of a generation while one waits for it: what is true, and no more. */
import type { Generation, Happened } from "firepod";

export type Stage = "asked" | "unconfirmed" | "waiting" | "gpu" | "working" | "ended";

export interface Said {
  stage: Stage;
  text: string;
  /** Since when, in milliseconds. */
  since: number;
}

/** As it stands now. */
export function stageOf(generation: Generation): Said {
  const { status, timeline, attempt } = generation;
  const events = (timeline ?? []).filter((one) => one.attempt === attempt);
  const last = events.at(-1);
  const since = (last?.at ?? generation.created_at).toMillis();
  if (status === "completed" || status === "failed" || status === "cancelled") {
    return { stage: "ended", text: status, since };
  }
  if (status === "processing") {
    return { stage: "working", text: "Working", since: (generation.started_at ?? generation.created_at).toMillis() };
  }
  switch (last?.event) {
    case "submitted":
      return { stage: "gpu", text: "Waiting for a GPU", since };
    case "unknown":
      return { stage: "unconfirmed", text: "Not confirmed yet", since };
    case "waiting":
      return { stage: "waiting", text: "RunPod is busy, trying again", since };
    default:
      return { stage: "asked", text: "Asked", since };
  }
}

const WORDS: Record<Happened["event"], string> = {
  queued: "Asked",
  retried: "Asked again",
  submitted: "Handed to RunPod",
  waiting: "RunPod was not available",
  unknown: "RunPod's answer was lost",
  claimed: "A GPU began",
  completed: "Done",
  failed: "Failed",
  cancelled: "Cancelled",
};

export interface Step {
  text: string;
  at: Date;
}

/** The steps of its life, and `others` between them, as they happened; `after`: seconds since the one before. */
export function lifeOf({ timeline }: Generation, others: readonly Step[] = []): (Step & { after: number | undefined })[] {
  const steps = (timeline ?? []).map(({ event, at }) => ({ text: WORDS[event] ?? event, at: at.toDate() }));
  // One clock is the backend's, others are Storage's and this machine's: nothing comes after the end.
  const end = steps.at(-1)?.at;
  const within = others.map(({ text, at }) => ({ text, at: end !== undefined && ended(timeline) && at > end ? end : at }));
  const ends = ended(timeline) ? steps.splice(-1) : [];
  const all = [...[...steps, ...within].sort((one, other) => one.at.getTime() - other.at.getTime()), ...ends];
  return all.map((step, index) => ({
    ...step,
    after: index === 0 ? undefined : Math.max(0, step.at.getTime() - all[index - 1]!.at.getTime()) / 1000,
  }));
}

function ended(timeline: Generation["timeline"]): boolean {
  return ["completed", "failed", "cancelled"].includes(timeline?.at(-1)?.event ?? "");
}
