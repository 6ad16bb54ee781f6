// "Shared Storage Workflow": a page clones a voice and plays it, and plays what it has a URL of.

import { readFile } from "node:fs/promises";

import { Audio, fetchWith, heard, signedIn, stack, tell } from "./app.mjs";

const { token } = await signedIn();
const fetch = fetchWith(token, stack.urls.hosting);
const formData = new FormData();
formData.set("name", "John Doe");
formData.set("audio", new Blob([await readFile("recording.wav")], { type: "audio/wav" }), "me.wav");

const said = await (async () => {
  const [played, first] = heard();
  Audio.played = played;

  // {{printed shared_clone.js}}

  await first;
  return result;
})();

const [played, first] = heard();
Audio.played = played;

// {{printed shared_access.js}}

tell({ said, ttsUrl, played: (await first)[0] });
