/** The same request as code, for each way of asking. */
import type { Page, Values } from "../context.js";

export interface Snippet {
  name: string;
  text: string;
  /** What copies more than is shown: a token that works for an hour. */
  copied?: () => Promise<string>;
}

const TOKEN = "$ID_TOKEN"; // as it is shown; the copy has a real one
const LOCAL_PORT = 5005; // of `make start`, to which PORT_OFFSET is added

export function snippets(request: Values, { user, backend }: Pick<Page, "user" | "backend">): Snippet[] {
  const files = Object.keys(request).filter((name) => request[name] instanceof File);
  const plain = Object.fromEntries(Object.entries(request).map(([name, value]) => [name, asPath(value)]));
  const withToken = (write: (token: string) => string) => ({
    text: write(TOKEN),
    copied: async () => write(await user.getIdToken()),
  });
  return [
    { name: "JavaScript", text: javaScript(plain, files, backend) },
    { name: "curl", ...withToken((token) => curl(plain, files, token)) },
    { name: "Python", ...withToken((token) => python(plain, files, token)) },
    { name: "JSON", text: JSON.stringify(plain, null, 2) },
  ];
}

function asPath(value: unknown): unknown {
  if (value instanceof File) return value.name;
  return typeof value === "object" && value !== null && "path" in value ? value.path : value;
}

function javaScript(request: Values, files: string[], backend: Page["backend"]): string {
  const { apiKey, appId, projectId, storageBucket } = backend.app.options;
  const offset = Number(location.port) - LOCAL_PORT;
  const local = backend.local ? `connectLocalStack(app${offset === 0 ? "" : `, { portOffset: ${offset} }`});\n` : "";
  const uploads = files.map(
    (name) => `const ${name} = await firepod.upload(await openAsBlob(${JSON.stringify(request[name])}), { name: ${JSON.stringify(request[name])} });\n`,
  );
  const lines = Object.entries(request).map(([name, value]) =>
    files.includes(name) ? `  ${name},` : `  ${name}: ${JSON.stringify(value)},`,
  );
  return `${files.length > 0 ? 'import { openAsBlob } from "node:fs";  // a page has File objects\n' : ""}import { initializeApp } from "firebase/app";
import { getAuth, signInAnonymously } from "firebase/auth";
import { ${local === "" ? "" : "connectLocalStack, "}createFirepod } from "firepod";

const app = initializeApp(${JSON.stringify({ apiKey, appId, projectId, storageBucket })});
${local}await signInAnonymously(getAuth(app));  // or as your users sign in
const firepod = createFirepod({ app });
${uploads.join("")}
const generation = await firepod.run({
${lines.join("\n")}
});
console.log(generation.outputs[0].url);`;
}

function curl(request: Values, files: string[], token: string): string {
  const api = `${location.origin}/api`;
  const uploads = files.map(
    (name) => `${name}=$(curl -s ${api}/uploads -H "$me" -F ${quoted(`file=@${request[name]}`)} \\
  | python3 -c 'import json, sys; print(json.load(sys.stdin)["path"])')\n`,
  );
  // The path of what is uploaded is put between two quoted parts.
  const body = files.reduce(
    (text, name) => text.replace(`"${name}":${quotedJson(request[name])}`, () => `"${name}":"'"$${name}"'"`),
    quoted(JSON.stringify(request)),
  );
  return `me="Authorization: Bearer ${token}"
${uploads.join("")}curl -X POST ${api}/generations \\
  -H "$me" -H "Content-Type: application/json" -H "Prefer: wait=50" \\
  -d ${body}`;
}

/** A word of the shell's, whatever is in it. */
function quoted(text: string): string {
  return `'${escaped(text)}'`;
}

function escaped(text: string): string {
  return text.replaceAll("'", String.raw`'\''`);
}

function quotedJson(value: unknown): string {
  return escaped(JSON.stringify(value));
}

function python(request: Values, files: string[], token: string): string {
  const lines = Object.entries(request).map(([name, value]) =>
    files.includes(name) ? `    "${name}": firepod.upload(${literal(value)}),` : `    "${name}": ${literal(value)},`,
  );
  return `from firepod_client import Firepod

with Firepod("${location.origin}/api", "${token}") as firepod:
    generation = firepod.run({
${lines.map((line) => `    ${line}`).join("\n")}
    })
    print(generation.outputs[0].url)`;
}

function literal(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value!).map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`).join(", ")}}`;
}
