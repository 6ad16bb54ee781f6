import { initializeApp } from "firebase/app";
import {
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  getAuth,
  signInAnonymously,
  signInWithEmailAndPassword,
} from "firebase/auth";
import { connectFirestoreEmulator, getFirestore, setLogLevel } from "firebase/firestore";
import { connectFunctionsEmulator, getFunctions } from "firebase/functions";

const HOST = "127.0.0.1";

/** The Firebase SDK's services {auth, db, functions}, pointed to the local stack at `offset`. */
export function connect(offset) {
  setLogLevel("error");
  const app = initializeApp({ projectId: "demo-firepod", apiKey: "local" });
  const [auth, db, functions] = [getAuth(app), getFirestore(app), getFunctions(app)];
  connectAuthEmulator(auth, `http://${HOST}:${9099 + offset}`, { disableWarnings: true });
  connectFirestoreEmulator(db, HOST, 8080 + offset);
  connectFunctionsEmulator(functions, HOST, 5001 + offset);
  return { auth, db, functions };
}

/** The signed-in user: an anonymous one, or the one of `email`, who is created if need be. */
export async function signIn(auth, { email, password }) {
  if (email === undefined) {
    return (await signInAnonymously(auth)).user;
  }
  try {
    return (await signInWithEmailAndPassword(auth, email, password)).user;
  } catch (error) {
    if (error.code !== "auth/user-not-found") {
      throw error;
    }
    return (await createUserWithEmailAndPassword(auth, email, password)).user;
  }
}
