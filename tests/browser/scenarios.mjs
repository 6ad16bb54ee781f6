// What an app does with Firestore, for the SDK in Node (gRPC) and in a browser (WebChannel) alike.
// Each scenario gets a database of its own: { db, sdk, emulator, user(claims) }.

import * as listening from "./scenarios_listening.mjs";
import * as writing from "./scenarios_writing.mjs";
import * as rules from "./scenarios_rules.mjs";

import { Emulator } from "./emulator.mjs";

export const scenarios = { ...listening, ...writing, ...rules };

// Runs one scenario; `sdk` is the union of firebase/app and firebase/firestore.
export async function run(name, { sdk, host, port, client, settings }) {
  const project = `demo-${client}-${name.replaceAll("_", "-")}`;
  const apps = [];
  const database = (mockUserToken) => {
    const app = sdk.initializeApp({ projectId: project, apiKey: "none" }, `${project}-${apps.length}`);
    apps.push(app);
    const db = sdk.initializeFirestore(app, settings);
    sdk.connectFirestoreEmulator(db, host, port, mockUserToken ? { mockUserToken } : {});
    return db;
  };
  const emulator = new Emulator(`http://${host}:${port}`, project);
  try {
    await scenarios[name]({ db: database(), sdk, emulator, user: (sub) => database({ sub }) });
    return null;
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message}\n${error.stack}`;
  } finally {
    await Promise.all(apps.map((app) => sdk.deleteApp(app)));
  }
}
