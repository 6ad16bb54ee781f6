/** The same request as code, for each way of asking. */
import type { Page, Values } from "../context.js";

export interface Snippet {
  name: string;
  text: string;
  /** What copies more than is shown: a token that works for an hour. */
  copied?: () => Promise<string>;
}

export function snippets(request: Values, { user, backend }: Pick<Page, "user" | "backend">): Snippet[] {
  const plain = Object.fromEntries(
    Object.entries(request).map(([name, value]) => [name, asPath(value)]),
  );
  const { task_type: _, ...rest } = plain;
  const files = Object.entries(request).filter(([, value]) => value instanceof File);
  return [
    { name: "JavaScript", text: javaScript(plain, files.map(([name]) => name)) },
    {
      name: "curl",
      text: curl(plain, "$ID_TOKEN"),
      copied: async () => curl(plain, await user.getIdToken()),
    },
    { name: "Python", text: python(plain, backend.local, files.map(([name]) => name)) },
    { name: "JSON", text: JSON.stringify(rest, null, 2) },
  ];
}

function asPath(value: unknown): unknown {
  if (value instanceof File) return value.name;
  return typeof value === "object" && value !== null && "path" in value ? value.path : value;
}

function javaScript(request: Values, files: string[]): string {
  const uploads = files.map((name) => `const ${name} = await firepod.upload(file);  // ${request[name]}\n`);
  const body = JSON.stringify(request, null, 2).replace(/^(\s*)"(\w+)":/gm, "$1$2:");
  const named = files.reduce((text, name) => text.replace(new RegExp(`${name}: ".*?"`), name), body);
  return `${uploads.join("")}const generation = await firepod.run(${named});
console.log(generation.outputs[0].url);`;
}

function curl(request: Values, token: string): string {
  const body = JSON.stringify(request).replaceAll("'", String.raw`'\''`);
  return `curl -X POST ${location.origin}/api/generations \\
  -H "Authorization: Bearer ${token}" \\
  -H "Content-Type: application/json" -H "Prefer: wait=50" \\
  -d '${body}'`;
}

function python(request: Values, local: boolean, files: string[]): string {
  const lines = Object.entries(request).map(([name, value]) =>
    files.includes(name) ? `    "${name}": firepod.upload("${value}"),` : `    "${name}": ${literal(value)},`,
  );
  const client = local ? "Firepod.local()" : `Firepod("${location.origin}/api", id_token)`;
  return `from firepod_client import Firepod

firepod = ${client}
generation = firepod.run({
${lines.join("\n")}
}, progress=True)
print(generation.outputs[0].url)`;
}

function literal(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  return value === null ? "None" : JSON.stringify(value);
}
