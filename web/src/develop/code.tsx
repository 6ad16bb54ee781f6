import { useState } from "preact/hooks";

import { usePage } from "../context.js";
import { Icon } from "../ui/icon.js";
import type { Snippet } from "./snippets.js";

/** Code in several languages, with a button that copies it. */
export function CodeBlock({ snippets }: { snippets: Snippet[] }) {
  const page = usePage();
  const [name, setName] = useState(snippets[0]?.name);
  const shown = snippets.find((one) => one.name === name) ?? snippets[0];
  if (shown === undefined) return null;
  return (
    <div class="code-block">
      <div class="row">
        <div class="filters" role="group" aria-label="Language">
          {snippets.map((one) => (
            <button type="button" key={one.name} aria-pressed={one === shown} onClick={() => setName(one.name)}>
              {one.name}
            </button>
          ))}
        </div>
        <button
          type="button"
          class="quiet"
          onClick={async () => {
            await navigator.clipboard.writeText((await shown.copied?.()) ?? shown.text);
            page.say(shown.copied ? "Copied, with a token that works for an hour" : "Copied");
          }}
        >
          <Icon name="copy" />
          Copy
        </button>
      </div>
      <pre class="code" tabIndex={0}>
        {shown.text}
      </pre>
    </div>
  );
}
