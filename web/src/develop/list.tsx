/** The live list, newest first. */
import { useMemo, useState } from "preact/hooks";

import { Icon } from "../ui/icon.js";
import { aboutOf, lineOf } from "./lines.js";
import type { Entry } from "./local.js";

const PAGE = 100;
const TIME = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

interface Props {
  entries: readonly Entry[];
  /** The id of the only generation to show. */
  followed: string | undefined;
  onFollow: (fileUid: string | undefined) => void;
}

export function List({ entries, followed, onFollow }: Props) {
  const [paused, setPaused] = useState<readonly Entry[]>();
  const [kept, setKept] = useState(PAGE);
  const source = paused ?? entries;
  const shown = useMemo(
    () => (followed === undefined ? source : source.filter((entry) => aboutOf(entry)?.fileUid === followed)),
    [source, followed],
  );
  const missed = paused === undefined ? 0 : entries.findIndex(({ id }) => id <= (paused[0]?.id ?? 0));
  return (
    <section class="panel event-list" aria-labelledby="events">
      <div class="event-list-head">
        <h2 id="events">{followed === undefined ? "Everything" : "This generation"}</h2>
        {followed !== undefined && (
          <button type="button" class="small" onClick={() => onFollow(undefined)}>
            Show all events
          </button>
        )}
        <button
          type="button"
          class="small"
          aria-pressed={paused !== undefined}
          onClick={() => setPaused(paused === undefined ? entries : undefined)}
        >
          <Icon name={paused === undefined ? "pause" : "play"} />
          {paused === undefined ? "Pause" : `Go on${missed > 0 ? ` (${missed} new)` : ""}`}
        </button>
      </div>
      {shown.length === 0 && <p class="hint">Nothing has happened yet. Make something, or let something go wrong.</p>}
      <ol>
        {shown.slice(0, kept).map((entry) => (
          <Item key={entry.id} entry={entry} following={followed !== undefined} onFollow={onFollow} />
        ))}
      </ol>
      {shown.length > kept && (
        <button type="button" class="small" onClick={() => setKept(kept + PAGE)}>
          Older
        </button>
      )}
    </section>
  );
}

function Item({ entry, following, onFollow }: { entry: Entry; following: boolean; onFollow: Props["onFollow"] }) {
  const line = lineOf(entry);
  const about = aboutOf(entry);
  const [open, setOpen] = useState(false);
  if (line === undefined) return null;
  return (
    <li class={line.tone}>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <time dateTime={new Date(entry.at * 1000).toISOString()}>{TIME.format(entry.at * 1000)}</time>
          <b>{line.who}</b>
          <span>{line.text}</span>
        </summary>
        {open && (
          <>
            <pre class="code" tabIndex={0}>
              {JSON.stringify(entry, null, 2)}
            </pre>
            {about !== undefined && !following && (
              <button type="button" class="small" onClick={() => onFollow(about.fileUid)}>
                Follow this one
              </button>
            )}
          </>
        )}
      </details>
    </li>
  );
}
