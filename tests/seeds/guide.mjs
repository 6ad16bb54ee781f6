// "Firebase Function Integration Guide": a function of one's own calls RunPod, a page listens.

import firebase from "firebase/compat/app";
import "firebase/compat/firestore";
import { collection, getDocs, onSnapshot } from "firebase/firestore";

import { heard, port, signedIn, stack, tell } from "./app.mjs";

const { db, user } = await signedIn();
const [log, ready] = heard();
const console = { log };

// {{printed guide_listener.js}}

await Promise.all([getDocs(videosRef), getDocs(imagesRef)]); // it has heard what there was

// The Admin SDK's calls, by an operator's rights.
const database = firebase.initializeApp({ projectId: stack.project, apiKey: "any" }, "admin").firestore();
database.useEmulator(stack.host, port("firestore"), { mockUserToken: "owner" });
const { FieldValue } = firebase.firestore;
const admin = { firestore: Object.assign(() => database, { FieldValue }) };
const context = { auth: { uid: user.uid } };
const RUNPOD_API_KEY = stack.runpod_api_key;
const prompt = "waves";

// {{printed guide_ids.js}}

// {{printed {{DOCUMENT}}}}

// What the guide leaves to an app: a field of its own, which stays.
const media = "{{DOCUMENT}}".includes("video") ? "videos" : "images";
const own = database.doc(`generations/${user_id}/${media}/${file_uid}`);
await own.update({ note: "an app's own field" });
const created = (await own.get()).get("created_at").toDate();

// {{printed guide_call.js}}

const { status, output } = await runpodResponse.json();
tell({ user_id, file_uid, created, status, output, ready: status === "COMPLETED" ? await ready : null });
