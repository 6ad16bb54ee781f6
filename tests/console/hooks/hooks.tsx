/** What the hooks of firepod/react give, as text, for test_react_hooks.py; `hooks` on the window does what an app would. */
import { signInAnonymously, signOut } from "firebase/auth";
import { pathOf } from "firepod";
import { FirepodProvider, useGeneration, useGenerations, useQuota } from "firepod/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

import { auth, firepod } from "./backend";

const renders: string[] = [];

function Hooks() {
  const [path, show] = useState<string>();
  const one = useGeneration(path);
  const list = useGenerations({ pageSize: 2 });
  const { quota } = useQuota();
  const names = list.generations.map((generation) => String(generation.request_data.prompt));
  Object.assign(window, {
    hooks: {
      enter: async () => (await signInAnonymously(auth)).user.uid,
      leave: () => signOut(auth),
      make: async (prompt: string) =>
        pathOf(await firepod.run({ task_type: "text2img", prompt, width: 256, height: 256 })),
      show,
      older: () => list.loadOlder(),
      discard: (name: string) => firepod.generation(name).discard(),
      renders,
      firepod,
    },
  });
  const said = {
    one: one.generation?.request_data.prompt ?? (one.loading ? "loading" : "none"),
    list: list.loading ? "loading" : names.join(),
    more: list.hasOlder,
    used: quota?.daily.used ?? "unknown",
    problem: list.error?.message ?? one.error?.message ?? "",
  };
  renders.push(`${auth.currentUser?.uid} ${said.list}`);
  return Object.entries(said).map(([name, value]) => (
    <p key={name} id={name}>
      {String(value)}
    </p>
  ));
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <FirepodProvider firepod={firepod}>
      <Hooks />
    </FirepodProvider>
  </StrictMode>,
);
