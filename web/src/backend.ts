/** Which backend belongs to this page: the local stack's or the deployed project's. */
import { type FirebaseApp, type FirebaseOptions, initializeApp } from "firebase/app";
import {
  type Auth,
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
} from "firebase/auth";
import { connectFirestoreEmulator, getFirestore } from "firebase/firestore";
import { connectFunctionsEmulator, getFunctions } from "firebase/functions";
import { connectStorageEmulator, getStorage } from "firebase/storage";

import { type Firepod, createFirepod } from "firepod";

// Hosting serves the project's configuration at this address, and its emulator, asked like this,
// the addresses of the other emulators as well. It comes as a script for the old `firebase` object.
// https://firebase.google.com/docs/hosting/reserved-urls#sdk_auto-configuration
const INIT_SCRIPT = "/__/firebase/init.js?useEmulator=true";

export interface Backend {
  app: FirebaseApp;
  auth: Auth;
  firepod: Firepod;
  project: string;
  /** Whether this is the stack of `make start`. */
  local: boolean;
}

interface Hosting {
  options: FirebaseOptions;
  /** Arguments of `useEmulator` by product: `[url]` of auth, `[host, port]` of the others. */
  emulators: Map<string, [string, number | string]>;
}

export async function connect(): Promise<Backend> {
  const { options, emulators } = await hostingConfiguration();
  const region = meta("firepod-region");
  const app = initializeApp(options);
  const appCheckToken = await checkApp(app, emulators.size > 0);
  // Without the parts for pop-ups and redirects, which load scripts from elsewhere.
  const auth = initializeAuth(app, {
    persistence: [indexedDBLocalPersistence, browserLocalPersistence],
  });
  const at = (product: string): [string, number] | undefined => {
    const given = emulators.get(product);
    return given && [given[0], Number(given[1])];
  };
  const [authAt, firestore, functions, storage] = [
    emulators.get("auth"),
    at("firestore"),
    at("functions"),
    at("storage"),
  ];
  if (authAt) connectAuthEmulator(auth, authAt[0], { disableWarnings: true });
  if (firestore) connectFirestoreEmulator(getFirestore(app), ...firestore);
  if (functions) connectFunctionsEmulator(getFunctions(app, region), ...functions);
  if (storage) connectStorageEmulator(getStorage(app), ...storage);
  return {
    app,
    auth,
    firepod: createFirepod({
      app,
      apiUrl: "/api",
      ...(region !== undefined && { region }),
      ...(appCheckToken !== undefined && { appCheckToken }),
    }),
    project: options.projectId ?? "",
    local: emulators.size > 0,
  };
}

function meta(name: string): string | undefined {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") || undefined;
}

/**
 * App Check, where the page names a key of reCAPTCHA Enterprise. Locally the debug provider, whose token is in the browser's
 * console: there, Google's script is not even loaded. Returns what gives the token.
 */
async function checkApp(app: FirebaseApp, local: boolean): Promise<(() => Promise<string>) | undefined> {
  const key = meta("firepod-recaptcha-key");
  if (key === undefined) return undefined;
  const { CustomProvider, ReCaptchaEnterpriseProvider, getToken, initializeAppCheck } = await import("firebase/app-check");
  if (local) Object.assign(globalThis, { FIREBASE_APPCHECK_DEBUG_TOKEN: true });
  const appCheck = initializeAppCheck(app, {
    // The SDK asks no provider in its debug mode, but would load reCAPTCHA for one that needs it.
    provider: local
      ? new CustomProvider({ getToken: () => Promise.reject(new Error("The debug token is used.")) })
      : new ReCaptchaEnterpriseProvider(key),
    isTokenAutoRefreshEnabled: true,
  });
  return async () => (await getToken(appCheck)).token;
}

/** Run Hosting's script with an object in the place of `firebase` that notes what it is told. */
async function hostingConfiguration(): Promise<Hosting> {
  let options: FirebaseOptions | undefined;
  const emulators: Hosting["emulators"] = new Map();
  const product = (name: string) => () => ({
    useEmulator: (...address: [string, number]) => emulators.set(name, address),
  });
  const products = ["auth", "firestore", "functions", "storage"];
  Object.assign(globalThis, {
    firebase: {
      initializeApp: (given: FirebaseOptions) => (options = given),
      ...Object.fromEntries(products.map((name) => [name, product(name)])),
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
