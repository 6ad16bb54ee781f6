/** Documents, files and users of the local stack, as their emulators' owner sees them. Nothing is changed here. */
import { useEffect, useState } from "preact/hooks";

import { usePage } from "../context.js";
import { Icon } from "../ui/icon.js";
import { bytes, moment } from "../ui/text.js";
import { type Account, type Fields, type StoredFile, documents, files, users } from "./local.js";

const BACKEND = ["jobs", "quotas", "totals", "idempotency_keys", "expirations", "erasures", "upkeep"];
const MEDIA = ["images", "videos", "voices", "tts"];

export function Look({ what }: { what: "Documents" | "Files" | "Users" }) {
  return what === "Documents" ? <Documents /> : what === "Files" ? <Files /> : <Users />;
}

function useLook<Found>(look: () => Promise<Found[]>, on: readonly unknown[]) {
  const [state, setState] = useState<{ found?: Found[]; problem?: string }>({});
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let over = false;
    look().then(
      (found) => over || setState({ found }),
      (error: Error) => over || setState({ problem: error.message }),
    );
    return () => {
      over = true;
    };
  }, [...on, turn]);
  const bar = (
    <>
      <button type="button" class="small" onClick={() => setTurn(turn + 1)}>
        <Icon name="again" />
        Look again
      </button>
      {state.problem !== undefined && (
        <p class="problem" role="alert">
          {state.problem}
        </p>
      )}
      {state.found?.length === 0 && <p class="hint">There is nothing here.</p>}
    </>
  );
  return { found: state.found ?? [], bar };
}

function Documents() {
  const { backend, user } = usePage();
  const [collection, setCollection] = useState(`generations/${user.uid}/images`);
  const { found, bar } = useLook(() => documents(backend, collection), [collection]);
  return (
    <section class="panel look" aria-label="Documents">
      <div class="look-head">
        <select aria-label="Collection" value={collection} onChange={(event) => setCollection(event.currentTarget.value)}>
          {MEDIA.map((media) => (
            <option key={media} value={`generations/${user.uid}/${media}`}>
              your {media}
            </option>
          ))}
          {BACKEND.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {bar}
      </div>
      {found.map(([id, fields]) => (
        <details key={id}>
          <summary>
            {id} <small>{aboutDocument(fields)}</small>
          </summary>
          <pre class="code" tabIndex={0}>
            {JSON.stringify(fields, null, 2)}
          </pre>
        </details>
      ))}
    </section>
  );
}

/** What tells documents apart at a glance. */
function aboutDocument(fields: Fields): string {
  const told = [fields.task_type, fields.status, fields.phase, fields.attempt && `attempt ${fields.attempt}`];
  return told.filter((one) => typeof one === "string").join(", ");
}

function Files() {
  const { backend } = usePage();
  const { found, bar } = useLook<StoredFile>(() => files(backend), []);
  return (
    <section class="panel look" aria-label="Files">
      <div class="look-head">{bar}</div>
      <Table
        heads={["Name", "Type", "Size", "Written"]}
        rows={found.map((one) => [one.name, one.contentType, bytes(Number(one.size)), moment(new Date(one.updated))])}
      />
    </section>
  );
}

function Users() {
  const { backend, user } = usePage();
  const { found, bar } = useLook<Account>(() => users(backend), []);
  return (
    <section class="panel look" aria-label="Users">
      <div class="look-head">{bar}</div>
      <Table
        heads={["User id", "Who", "Since", "Last here"]}
        rows={found.map((one) => [
          one.localId,
          `${one.email ?? "a guest"}${one.localId === user.uid ? ", you" : ""}`,
          moment(new Date(Number(one.createdAt))),
          moment(new Date(Number(one.lastLoginAt))),
        ])}
      />
    </section>
  );
}

function Table({ heads, rows }: { heads: string[]; rows: string[][] }) {
  if (rows.length === 0) return null;
  return (
    <div class="table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
