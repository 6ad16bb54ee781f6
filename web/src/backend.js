import { initializeApp } from "firebase/app";
import {
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
} from "firebase/auth";
import { connectFirestoreEmulator, getFirestore } from "firebase/firestore";
import { connectFunctionsEmulator, getFunctions } from "firebase/functions";
import { connectStorageEmulator, getStorage } from "firebase/storage";

import { createFirepod } from "./client.js";

/** @import { FirebaseOptions } from "firebase/app" */

// Hosting serves the project's configuration at this address, and its emulator, asked like this,
// the addresses of the other emulators as well. It comes as a script for the old `firebase` object.
// https://firebase.google.com/docs/hosting/reserved-urls#sdk_auto-configuration
const INIT_SCRIPT = "/__/firebase/init.js?useEmulator=true";

/** The backend that belongs to this page: the local stack's or the deployed project's. */
export async function connect() {
  const { options, emulators } = await hostingConfiguration();
  const region = document.querySelector('meta[name="firepod-region"]')?.getAttribute("content");
  const app = initializeApp(options);
  // Without the parts for pop-ups and redirects, which load scripts from elsewhere.
  const auth = initializeAuth(app, {
    persistence: [indexedDBLocalPersistence, browserLocalPersistence],
  });
  if (emulators.has("auth")) {
    connectAuthEmulator(auth, emulators.get("auth")[0], { disableWarnings: true });
  }
  if (emulators.has("firestore")) {
    connectFirestoreEmulator(getFirestore(app), ...address(emulators.get("firestore")));
  }
  if (emulators.has("functions")) {
    const functions = getFunctions(app, region ?? undefined);
    connectFunctionsEmulator(functions, ...address(emulators.get("functions")));
  }
  if (emulators.has("storage")) {
    connectStorageEmulator(getStorage(app), ...address(emulators.get("storage")));
  }
  return {
    auth,
    firepod: createFirepod({ app, region: region ?? undefined }),
    project: options.projectId ?? "",
    local: emulators.size > 0,
  };
}

/**
 * Run Hosting's script with an object in the place of `firebase` that notes what it is told.
 *
 * @returns {Promise<{options: FirebaseOptions, emulators: Map<string, any>}>} arguments of
 *   `useEmulator` by product: `[url]` of auth, `[host, port]` of the others
 */
async function hostingConfiguration() {
  /** @type {FirebaseOptions | undefined} */
  let options;
  const emulators = new Map();
  /** @type {(product: string) => () => {useEmulator: (...address: any[]) => void}} */
  const product = (name) => () => ({ useEmulator: (...address) => emulators.set(name, address) });
  Object.assign(globalThis, {
    firebase: {
      initializeApp: (/** @type {FirebaseOptions} */ given) => (options = given),
      ...Object.fromEntries(
        ["auth", "firestore", "functions", "storage"].map((name) => [name, product(name)]),
      ),
    },
  });
  const script = document.createElement("script");
  await new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("Hosting gave no configuration.")));
    script.src = INIT_SCRIPT;
    document.head.append(script);
  });
  if (options === undefined) {
    throw new Error("This project has no web app: add one in the Firebase console, then reload.");
  }
  return { options, emulators };
}

/** @type {(given: [string, number | string]) => [string, number]} */
function address([host, port]) {
  return [host, Number(port)];
}
