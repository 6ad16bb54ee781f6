// The scenarios with the SDK in Node, over gRPC: node node_client.mjs HOST PORT; JSON to stdout.

import * as app from "firebase/app";
import * as firestore from "firebase/firestore";
import { run, scenarios } from "./scenarios.mjs";

const [host, port] = process.argv.slice(2);
firestore.setLogLevel("silent");
const results = {};
for (const name of Object.keys(scenarios)) {
  results[name] = await run(name, {
    sdk: { ...app, ...firestore }, host, port: Number(port), client: "node", settings: {},
  });
}
process.stdout.write(JSON.stringify({ results }));
process.exit();
