import { Observation, equal, rejection } from "./observation.mjs";

const OWNER_READS = "match /users/{uid}/{rest=**} { allow read: if request.auth.uid == uid; }";
const OPEN = "match /{path=**} { allow read, write; }";

export async function a_listener_that_the_rules_deny_fails_alone({ db, sdk, emulator, user }) {
  await emulator.rules(OWNER_READS);
  await emulator.set("users/alice/images/1", { n: 1 });
  const alice = user("alice");
  const own = new Observation();
  const foreign = new Observation();
  const everything = new Observation();
  sdk.onSnapshot(sdk.collection(alice, "users/alice/images"), own.next, own.fail);
  sdk.onSnapshot(sdk.doc(alice, "users/bob/images/1"), foreign.next, foreign.fail);
  sdk.onSnapshot(sdk.collectionGroup(alice, "images"), everything.next, everything.fail);
  equal((await foreign.untilError()).code, "permission-denied");
  equal((await everything.untilError()).code, "permission-denied");
  await own.until((snapshot) => snapshot.size === 1);
  await emulator.set("users/alice/images/2", { n: 2 });
  await own.until((snapshot) => snapshot.size === 2);

  const nobody = new Observation();
  sdk.onSnapshot(sdk.doc(db, "users/alice/images/1"), nobody.next, nobody.fail);
  equal((await nobody.untilError()).code, "permission-denied");
}

export async function a_listener_ends_when_new_rules_deny_it({ db, sdk, emulator }) {
  await emulator.rules(OPEN);
  const seen = new Observation();
  sdk.onSnapshot(sdk.doc(db, "notes/a"), seen.next, seen.fail);
  await seen.until((snapshot) => !snapshot.metadata.fromCache);
  await emulator.set("notes/a", { n: 1 });
  await seen.until((snapshot) => snapshot.exists());

  await emulator.rules(OWNER_READS);
  await emulator.set("notes/a", { n: 2 });
  equal((await seen.untilError()).code, "permission-denied");
  equal(seen.last.get("n"), 1);

  await emulator.rules(OPEN);
  const again = new Observation();
  sdk.onSnapshot(sdk.doc(db, "notes/a"), again.next, again.fail);
  await again.until((snapshot) => snapshot.get("n") === 2);
}

export async function a_write_that_the_rules_deny_is_taken_back({ sdk, emulator, user }) {
  await emulator.rules(`match /notes/{id} {
    allow read;
    allow create: if request.resource.data.owner == request.auth.uid;
  }`);
  const alice = user("alice");
  const seen = new Observation();
  const notes = sdk.collection(alice, "notes");
  sdk.onSnapshot(notes, { includeMetadataChanges: true }, seen.next, seen.fail);
  await seen.until((snapshot) => !snapshot.metadata.fromCache);

  const forged = sdk.setDoc(sdk.doc(alice, "notes/a"), { owner: "bob" });
  const refused = rejection(forged);
  await seen.until((snapshot) => snapshot.size === 1 && snapshot.metadata.hasPendingWrites);
  equal((await refused).code, "permission-denied");
  await seen.until((snapshot) => snapshot.empty);

  await sdk.setDoc(sdk.doc(alice, "notes/a"), { owner: "alice" });
  equal((await rejection(sdk.updateDoc(sdk.doc(alice, "notes/a"), { n: 1 }))).code, "permission-denied");
  const denied = sdk.runTransaction(alice, async (transaction) => {
    transaction.delete(sdk.doc(alice, "notes/a"));
  });
  equal((await rejection(denied)).code, "permission-denied");
  equal((await sdk.getDocsFromServer(notes)).size, 1);
}

export async function reads_that_the_rules_deny_are_errors({ db, sdk, emulator, user }) {
  await emulator.rules(`match /notes/{id} {
    allow get: if request.auth != null;
    allow list: if resource.data.owner == request.auth.uid;
  }`);
  await emulator.set("notes/a", { owner: "alice" });
  await emulator.set("notes/b", { owner: "bob" });
  const alice = user("alice");
  equal((await sdk.getDoc(sdk.doc(alice, "notes/b"))).get("owner"), "bob");
  equal((await rejection(sdk.getDoc(sdk.doc(db, "notes/b")))).code, "permission-denied");
  const notes = sdk.collection(alice, "notes");
  equal((await rejection(sdk.getDocs(notes))).code, "permission-denied");
  const own = await sdk.getDocs(sdk.query(notes, sdk.where("owner", "==", "alice")));
  equal(own.docs.map((each) => each.id), ["a"]);
  equal((await rejection(sdk.getCountFromServer(notes))).code, "permission-denied");
}
