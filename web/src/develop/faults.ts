/** What can be let go wrong, and why it ends well all the same. */
import type { Status } from "firepod";

import type { Action } from "./local.js";

export interface Fault {
  name: string;
  label: string;
  /** What happens, and why it ends well. */
  what: string;
  actions: readonly Action[];
  /** Whether it can also happen to a job that RunPod has already. */
  later: boolean;
  /** The ends that are right, and what each means. */
  ends: Partial<Record<Status, string>>;
}

export const FAULTS: readonly Fault[] = [
  {
    name: "lose",
    label: "Lose the callback",
    what: "RunPod's callback never comes. The schedule finds the job when its time has come, and asks RunPod itself.",
    actions: [{ type: "webhook_lost" }],
    later: true,
    ends: { completed: "Completed, although nobody called back." },
  },
  {
    name: "repeat",
    label: "Repeat the callback",
    what: "The same callback comes three times. The first completes it, the others find nothing left to do.",
    actions: [{ type: "webhook_repeated", times: 3 }],
    later: true,
    ends: { completed: "Completed once; what came again changed nothing." },
  },
  {
    name: "forge",
    label: "Forge a callback",
    what: "A stranger says that it is done. At its own URL that is a hint, and no file is there; at a made-up URL it is a 401.",
    actions: [{ type: "webhook_forged" }],
    later: true,
    ends: { completed: "Completed by its worker's files, not by the stranger's word." },
  },
  {
    name: "kill",
    label: "Kill the worker",
    what: "The worker dies with the job in its hands. RunPod starts another one, which makes it.",
    actions: [{ type: "worker_kill" }],
    later: true,
    ends: {
      completed: "Completed by the worker that took its place.",
      failed: "It died twice, which is told; it can be tried again.",
    },
  },
  {
    name: "busy",
    label: "Answer 429",
    what: "RunPod is too busy to take it. It certainly has no job then, so the queue calls again a little later.",
    actions: [{ type: "http", status: 429 }],
    later: false,
    ends: { completed: "Completed: RunPod took it the next time." },
  },
  {
    name: "silent",
    label: "Lose the answer",
    what: "RunPod takes the job, but nobody hears so. It is never sent again: its worker tells which job it is.",
    actions: [{ type: "accept_then_drop" }],
    later: false,
    ends: { completed: "Completed by the one job that there was." },
  },
  {
    name: "forget",
    label: "Forget the job",
    what: "RunPod knows nothing of it any more. The next look finds that out: without files it fails, and its place is free.",
    actions: [{ type: "forget" }],
    later: true,
    ends: {
      failed: "Failed with a sentence, and given back; it can be tried again.",
      completed: "Completed: its files were there already.",
    },
  },
];
