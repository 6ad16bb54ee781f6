// What an app has around the lines that the documents print: Firebase, a user, and what they call.

import { initializeApp } from "firebase/app";
import { connectAuthEmulator, getAuth, signInAnonymously } from "firebase/auth";
import { connectFirestoreEmulator, initializeFirestore } from "firebase/firestore";
import { connectFunctionsEmulator, getFunctions, httpsCallable } from "firebase/functions";

export const stack = JSON.parse(process.env.STACK);
export const port = (name) => Number(new URL(stack.urls[name]).port);

/** A signed-in user with a database and the callable `generate`. */
export async function signedIn() {
  const app = initializeApp({ projectId: stack.project, apiKey: "any" });
  const auth = getAuth(app);
  connectAuthEmulator(auth, stack.urls.auth, { disableWarnings: true });
  const functions = getFunctions(app);
  connectFunctionsEmulator(functions, stack.host, port("functions"));
  const db = initializeFirestore(app, {});
  connectFirestoreEmulator(db, stack.host, port("firestore"));
  const { user } = await signInAnonymously(auth);
  const generate = async (request) => (await httpsCallable(functions, "generate")(request)).data;
  return { db, user, generate, token: await user.getIdToken() };
}

/** A function to be called, and what it is called with first. */
export function heard() {
  let called;
  const first = new Promise((resolve) => (called = resolve));
  return [(...values) => called(values), first];
}

/** `fetch` with a key or token where the printed call shows none, and `/api` of this host. */
export function fetchWith(key, root = "") {
  return (url, options) =>
    fetch(url.startsWith("/") ? root + url : url, {
      ...options,
      headers: { Authorization: `Bearer ${key}`, ...options.headers },
    });
}

/** A browser's `Audio` as far as the documents use it: `play` reads the sound from where it is. */
export class Audio {
  constructor(url) {
    this.url = url;
  }

  async play() {
    const part = await fetch(this.url, { headers: { Range: "bytes=0-43", Origin: "https://app.example" } });
    const head = Buffer.from(await part.arrayBuffer());
    if (part.status !== 206 || head.toString("latin1", 8, 12) !== "WAVE") {
      throw new Error(`${part.status}: no sound at ${this.url}`);
    }
    Audio.played(this.url);
  }
}

/** The last word of a program: what came of it, for the test that runs it. */
export function tell(result) {
  process.stdout.write(JSON.stringify(result), () => process.exit(0)); // listeners would go on
}
