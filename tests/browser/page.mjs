// The scenarios in a browser, over WebChannel: page.html?host=&port=&client=; posts JSON to /results.

import * as app from "firebase/app";
import * as firestore from "firebase/firestore";
import { run, scenarios } from "./scenarios.mjs";

const query = new URLSearchParams(location.search);
const client = query.get("client");
const settings = { experimentalForceLongPolling: client === "longpolling" };
firestore.setLogLevel("silent");
performance.setResourceTimingBufferSize(100_000);

const results = {};
for (const name of Object.keys(scenarios)) {
  results[name] = await run(name, {
    sdk: { ...app, ...firestore },
    host: query.get("host"),
    port: Number(query.get("port")),
    client,
    settings,
  });
}
// How the back channels were asked for: CI=0 streams, CI=1 polls.
const requests = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
const modes = requests.map((url) => url.searchParams.get("CI")).filter((mode) => mode !== null);
const body = JSON.stringify({ results, streams: count(modes, "0"), polls: count(modes, "1") });
await fetch("/results", { method: "POST", body });

function count(values, wanted) {
  return values.filter((value) => value === wanted).length;
}
