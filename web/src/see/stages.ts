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

/** The lines of its life, each with the seconds since the one before. */
export function lifeOf({ timeline }: Generation): { text: string; at: Date; after: number | undefined }[] {
  return (timeline ?? []).map((one, index, all) => ({
    text: WORDS[one.event] ?? one.event,
    at: one.at.toDate(),
    after: index === 0 ? undefined : (one.at.toMillis() - all[index - 1]!.at.toMillis()) / 1000,
  }));
}
