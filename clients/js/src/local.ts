import type { FirebaseApp } from "firebase/app";
import { connectAuthEmulator, getAuth } from "firebase/auth";
import { connectFirestoreEmulator, getFirestore } from "firebase/firestore";
import { connectFunctionsEmulator, getFunctions } from "firebase/functions";
import { connectStorageEmulator, getStorage } from "firebase/storage";

import { useApi } from "./services.js";

/**
 * Have an app speak to the stack that `make start` runs, before anything else is done with it.
 *
 * `host` is 10.0.2.2 in Android's emulator, and this machine's address on a phone; `portOffset` what `make start PORT_OFFSET=...`
 * was told. The app has the stack's bucket, unless its config names one.
 */
export function connectLocalStack(
  app: FirebaseApp,
  { host = "127.0.0.1", portOffset = 0, region }: { host?: string; portOffset?: number; region?: string } = {},
): void {
  app.options.storageBucket ??= `${app.options.projectId}.appspot.com`;
  connectAuthEmulator(getAuth(app), `http://${host}:${9099 + portOffset}`, { disableWarnings: true });
  connectFirestoreEmulator(getFirestore(app), host, 8080 + portOffset);
  connectFunctionsEmulator(getFunctions(app, region), host, 5001 + portOffset);
  connectStorageEmulator(getStorage(app), host, 9199 + portOffset);
  useApi(app, `http://${host}:${5005 + portOffset}/api`);
}
