/** What happens on the local stack, live, with buttons that let things go wrong. */
import { type Firepod, FirepodError, pathOf } from "firepod";
import { useFirepod, useGenerations } from "firepod/react";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { wordsOf } from "../ui/text.js";
import { FAULTS, type Fault } from "./faults.js";
import { aboutOf, lineOf } from "./lines.js";
import { List } from "./list.js";
import { type Entry, arm, callAgain, disarm, listen, strike } from "./local.js";
import { Look } from "./look.js";
import { type Run, RunCard } from "./run.js";

const KEPT = 1000;
const SHOWN_AT_ONCE_MS = 100;
const PLACE_MS = 1000;

const VIEWS = ["Events", "Documents", "Files", "Users"] as const;

export default function Events({ hidden }: { hidden: boolean }) {
  const [view, setView] = useState<(typeof VIEWS)[number]>("Events");
  const { entries, connected } = useEntries();
  return (
    <main class="events" hidden={hidden}>
      <div class="events-head">
        <h1>Events</h1>
        <div class="filters" role="group" aria-label="View">
          {VIEWS.map((name) => (
            <button type="button" key={name} aria-pressed={name === view} onClick={() => setView(name)}>
              {name}
            </button>
          ))}
        </div>
      </div>
      {!connected && (
        <p class="alert" role="alert">
          The local RunPod does not answer. This page goes on by itself when it does; `make start` starts it.
        </p>
      )}
      <div class="theatre" hidden={view !== "Events"}>
        <Theatre entries={entries} />
      </div>
      {view !== "Events" && <Look key={view} what={view} />}
    </main>
  );
}

/** The newest entries, newest first, a few times a second. */
function useEntries(): { entries: readonly Entry[]; connected: boolean } {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    let fresh: Entry[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const came = fresh.reverse();
      fresh = [];
      setEntries((known) => [...came, ...known].slice(0, KEPT));
    };
    const stop = listen((entry) => {
      if (lineOf(entry) === undefined) return;
      fresh.push(entry);
      timer ??= setTimeout(show, SHOWN_AT_ONCE_MS);
    }, setConnected);
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return { entries, connected };
}

/** The buttons, the generations that they struck, and the list. */
function Theatre({ entries }: { entries: readonly Entry[] }) {
  const page = usePage();
  const { runs, problem, busy, armed, act, all, again, forgetArmed } = useRuns(entries);
  const [target, setTarget] = useState("new");
  const [followed, setFollowed] = useState<string>();
  const { generations } = useGenerations({ pageSize: 20 });
  const running = generations.filter(({ status }) => status === "queued" || status === "processing");
  useEffect(() => {
    if (target !== "new" && target !== "next" && !running.some((one) => pathOf(one) === target)) setTarget("new");
  }, [running, target]);
  const chosen = target !== "new" && target !== "next";
  return (
    <>
      <section class="panel faults" aria-labelledby="faults">
        <h2 id="faults">Let something go wrong</h2>
        <div class="field">
          <label for="target">With</label>
          <select id="target" value={target} onChange={(event) => setTarget(event.currentTarget.value)}>
            <option value="new">a small picture, asked for now</option>
            <option value="next">my next generation, whatever it is</option>
            {running.map((one) => (
              <option key={one.file_uid} value={pathOf(one)}>
                the running “{wordsOf(one)}”
              </option>
            ))}
          </select>
        </div>
        <ul class="fault-list">
          {FAULTS.map((fault) => (
            <li key={fault.name}>
              <button
                type="button"
                disabled={busy || (chosen && !fault.later)}
                aria-describedby={`fault-${fault.name}`}
                onClick={() => act(fault, target)}
              >
                {fault.label}
              </button>
              <p id={`fault-${fault.name}`} class="hint">
                {fault.what}
              </p>
            </li>
          ))}
        </ul>
        <button type="button" class="primary wide" disabled={busy} onClick={all}>
          All of them, a picture each
        </button>
        {armed !== undefined && (
          <p class="armed" role="status">
            <span>{armed.label}: waits for your next generation.</span>
            <button type="button" class="small" onClick={forgetArmed}>
              Let it be
            </button>
          </p>
        )}
        {problem !== "" && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
      </section>
      <section class="struck" aria-label="Struck generations">
        {runs.length === 0 && <p class="hint">What you strike is shown here, to its end.</p>}
        {runs.map((run) => (
          <RunCard
            key={run.path}
            run={run}
            followed={followed === run.fileUid}
            onFollow={(is) => setFollowed(is ? run.fileUid : undefined)}
            onOpen={page.open}
            onCallAgain={() => again(run)}
          />
        ))}
      </section>
      <List entries={entries} followed={followed} onFollow={setFollowed} />
    </>
  );
}

function useRuns(entries: readonly Entry[]) {
  const page = usePage();
  const firepod = useFirepod();
  const [runs, setRuns] = useState<readonly Run[]>([]);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [armed, setArmed] = useState<Fault>();
  const since = useRef(0);
  const add = (fault: Fault, path: string) =>
    setRuns((known) => [
      { fault, path, fileUid: path.slice(path.lastIndexOf("/") + 1) },
      ...known.filter((one) => one.path !== path),
    ]);

  const attempt = async (work: () => Promise<unknown>) => {
    setBusy(true);
    setProblem("");
    try {
      await work();
    } catch (error) {
      setProblem(FirepodError.from(error).message);
    } finally {
      setBusy(false);
    }
  };

  /** Its own words tell the picture's job from any other. */
  const withPicture = async (fault: Fault) => {
    const prompt = `a lighthouse in a storm: ${fault.label.toLowerCase()}, ${crypto.randomUUID().slice(0, 4)}`;
    await arm(fault.actions, { user_id: page.user.uid, prompt });
    await freePlace(firepod);
    add(fault, (await firepod.generate({ task_type: "text2img", prompt, width: 256, height: 256 })).path);
  };

  // What was armed for the next generation is that of the first job or request of the user's since.
  const next = useMemo(
    () =>
      armed === undefined
        ? undefined
        : entries.findLast(
            (entry) => entry.id > since.current && entry.operation === "run" && entry.input?.user_id === page.user.uid,
          ),
    [entries, armed],
  );
  useEffect(() => {
    const about = next && aboutOf(next);
    if (about === undefined || armed === undefined) return;
    add(armed, about.path);
    setArmed(undefined);
  }, [next]);

  return {
    runs,
    problem,
    busy,
    armed,
    act: (fault: Fault, target: string) =>
      attempt(async () => {
        if (target === "new") return withPicture(fault);
        if (target === "next") {
          since.current = entries[0]?.id ?? 0;
          await arm(fault.actions, { user_id: page.user.uid });
          return setArmed(fault);
        }
        await strike(fault.actions, target.slice(target.lastIndexOf("/") + 1));
        add(fault, target);
      }),
    all: () =>
      attempt(async () => {
        for (const fault of FAULTS) await withPicture(fault);
      }),
    again: (run: Run) => attempt(() => callAgain(run.fileUid)),
    forgetArmed: () =>
      attempt(async () => {
        await disarm();
        setArmed(undefined);
      }),
  };
}

/** Wait until one more of the user's may run. */
async function freePlace(firepod: Firepod): Promise<void> {
  for (;;) {
    const { active } = await firepod.quota();
    if (active.used < active.limit) return;
    await new Promise((resolve) => setTimeout(resolve, PLACE_MS));
  }
}
