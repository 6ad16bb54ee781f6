/** The local stack's own sides: RunPod's controls, and the emulators as their owner sees them. */
import type { Backend } from "../backend.js";

// Every port of a stack is moved by the same number (local/stack/ports.py), so this page's tells the others'.
const MOVED = Number(location.port) - 5005;
const at = (port: number) => `http://127.0.0.1:${port + MOVED}`;
const RUNPOD = `${at(8900)}/local`;
const ANSWERS_WITHIN_MS = 10_000; // who is stopped takes a call and says nothing
const OWNER = { Authorization: "Bearer owner" }; // whom the emulators let do anything

/** Something that has happened, as the local RunPod tells it (local/runpod/feed.py). */
export interface Entry {
  id: number;
  /** In seconds. */
  at: number;
  kind: "request" | "job" | "callback" | "note";
  job_id?: string;
  /** What is known of the job's input: whose it is, and which generation. */
  input?: Record<string, unknown>;
  event?: string;
  operation?: string;
  /** The HTTP status; absent: there was no answer. */
  answer?: number;
  status?: string;
  problem?: string;
  what?: string;
  text?: string;
  /** A line of the functions' log. */
  entry?: Record<string, unknown>;
}

export interface Action {
  type: string;
  [name: string]: unknown;
}

/** Hear of everything that happens, from what is still remembered on; the browser connects anew by itself. */
export function listen(next: (entry: Entry) => void, connected: (is: boolean) => void): () => void {
  const source = new EventSource(`${RUNPOD}/events`);
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  source.onmessage = ({ data }) => next(JSON.parse(data) as Entry);
  return () => source.close();
}

/** Let something go wrong with the next job whose input is like this. */
export function arm(actions: readonly Action[], input: Record<string, unknown>): Promise<unknown> {
  return ask("POST", "/faults", actions.map((action) => ({ match: { input }, action, count: 1 })));
}

export const disarm = (): Promise<unknown> => ask("DELETE", "/faults");

/** Let something go wrong with the newest job of a generation; a sentence says why that cannot be. */
export async function strike(actions: readonly Action[], fileUid: string): Promise<void> {
  const job = await newestJob(fileUid);
  await ask("POST", `/jobs/${job}/faults`, actions);
}

/** Deliver the callback of the generation's job once more. */
export async function callAgain(fileUid: string): Promise<void> {
  await ask("POST", `/webhooks/${await newestJob(fileUid)}/resend`);
}

async function newestJob(fileUid: string): Promise<string> {
  const log = (await ask("GET", `/log?file_uid=${fileUid}`)) as { jobs: { job_id: string }[] };
  const job = log.jobs.at(-1);
  if (job === undefined) throw new Error("RunPod has no job of this generation.");
  return job.job_id;
}

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  return answerOf(
    fetch(RUNPOD + path, {
      method,
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
      ...(body !== undefined && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    }),
    "The local RunPod does not answer.",
  );
}

async function answerOf(asked: Promise<Response>, silent: string): Promise<unknown> {
  const answer = await asked.catch(() => {
    throw new Error(silent);
  });
  const said: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return said;
  const error = (said as { error?: unknown } | undefined)?.error;
  throw new Error(typeof error === "string" ? error : `It was answered ${answer.status}.`);
}

export type Fields = Record<string, unknown>;

/** Documents of a collection with their ids, the newest first. */
export async function documents({ project }: Backend, collection: string): Promise<[string, Fields][]> {
  const url = `${at(8080)}/v1/projects/${project}/databases/(default)/documents/${collection}?pageSize=100`;
  const { documents: found = [] } = (await look(url)) as { documents?: { name: string; fields?: object }[] };
  const read = found.map(({ name, fields = {} }): [string, Fields] => [
    name.slice(name.lastIndexOf("/") + 1),
    plain({ mapValue: { fields } }) as Fields,
  ]);
  const born = ([, { created_at }]: [string, Fields]) => String(created_at ?? "");
  return read.sort((one, other) => born(other).localeCompare(born(one)));
}

export interface StoredFile {
  name: string;
  size: string;
  contentType: string;
  updated: string;
}

export async function files({ app }: Backend): Promise<StoredFile[]> {
  const url = `${at(9199)}/storage/v1/b/${app.options.storageBucket}/o?maxResults=200`;
  return ((await look(url)) as { items?: StoredFile[] }).items ?? [];
}

export interface Account {
  localId: string;
  email?: string;
  createdAt: string;
  lastLoginAt: string;
}

export async function users({ project }: Backend): Promise<Account[]> {
  const url = `${at(9099)}/identitytoolkit.googleapis.com/v1/projects/${project}/accounts:query`;
  const found = (await look(url, { method: "POST", body: "{}" })) as { userInfo?: Account[] };
  return found.userInfo ?? [];
}

const look = (url: string, more: RequestInit = {}): Promise<unknown> =>
  answerOf(
    fetch(url, {
      ...more,
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
      headers: { ...OWNER, "Content-Type": "application/json" },
    }),
    "The emulator does not answer.",
  );

/** A value of Firestore's REST API as plain JSON. */
function plain(value: Record<string, unknown>): unknown {
  const [kind, held] = Object.entries(value)[0] ?? [];
  if (kind === "mapValue") {
    const { fields = {} } = held as { fields?: Record<string, Record<string, unknown>> };
    return Object.fromEntries(Object.entries(fields).map(([name, one]) => [name, plain(one)]));
  }
  if (kind === "arrayValue") return ((held as { values?: Record<string, unknown>[] }).values ?? []).map(plain);
  return kind === "integerValue" ? Number(held) : kind === "nullValue" ? null : held;
}
