import { Observation, equal } from "./observation.mjs";

const ids = (snapshot) => snapshot.docs.map((each) => each.id);
const fromServer = (snapshot) => !snapshot.metadata.fromCache;

export async function a_document_listener_sees_every_change({ db, sdk, emulator }) {
  const seen = new Observation();
  const stop = sdk.onSnapshot(sdk.doc(db, "jobs/one"), seen.next, seen.fail);
  equal((await seen.until(() => true)).exists(), false);

  await emulator.set("jobs/one", { status: "queued" });
  await seen.until((snapshot) => snapshot.get("status") === "queued");
  await emulator.set("jobs/one", { status: "completed", url: "Ünïcode 𝄞" });
  const completed = await seen.until((snapshot) => snapshot.get("status") === "completed");
  equal(completed.get("url"), "Ünïcode 𝄞");
  await emulator.delete("jobs/one");
  await seen.until((snapshot) => !snapshot.exists());

  stop();
  const count = seen.snapshots.length;
  await emulator.set("jobs/one", { status: "again" });
  await sdk.getDocFromServer(sdk.doc(db, "jobs/one"));
  equal(seen.snapshots.length, count);
}

export async function a_collection_listener_tells_what_changed({ db, sdk, emulator }) {
  await emulator.set("jobs/a", { n: 1 });
  const seen = new Observation();
  sdk.onSnapshot(sdk.collection(db, "jobs"), seen.next, seen.fail);
  equal(ids(await seen.until(fromServer)), ["a"]);

  const changes = (snapshot) => snapshot.docChanges().map((each) => [each.type, each.doc.id]);
  await emulator.set("jobs/b", { n: 2 });
  equal(changes(await seen.until((snapshot) => snapshot.size === 2)), [["added", "b"]]);
  await emulator.set("jobs/a", { n: 3 });
  equal(changes(await seen.until((snapshot) => snapshot.docs[0].get("n") === 3)), [["modified", "a"]]);
  await emulator.delete("jobs/b");
  equal(changes(await seen.until((snapshot) => snapshot.size === 1)), [["removed", "b"]]);
  await emulator.clear();
  await seen.until((snapshot) => snapshot.empty);
}

export async function a_filtered_and_ordered_query_follows_its_window({ db, sdk, emulator }) {
  const { query, collection, where, orderBy, limit, limitToLast } = sdk;
  for (const [id, n] of [["a", 1], ["b", 2], ["c", 3], ["d", 4]]) {
    await emulator.set(`scores/${id}`, { n, team: n % 2 ? "odd" : "even" });
  }
  const top = new Observation();
  const even = new Observation();
  const tail = new Observation();
  const scores = collection(db, "scores");
  sdk.onSnapshot(query(scores, orderBy("n", "desc"), limit(2)), top.next, top.fail);
  sdk.onSnapshot(query(scores, where("team", "==", "even")), even.next, even.fail);
  sdk.onSnapshot(query(scores, orderBy("n"), limitToLast(2)), tail.next, tail.fail);
  equal(ids(await top.until(fromServer)), ["d", "c"]);
  equal(ids(await even.until(fromServer)), ["b", "d"]);
  equal(ids(await tail.until(fromServer)), ["c", "d"]);

  await emulator.set("scores/a", { n: 9, team: "odd" });
  await top.until((snapshot) => `${ids(snapshot)}` === "a,d");
  await tail.until((snapshot) => `${ids(snapshot)}` === "d,a");
  await emulator.delete("scores/d");
  await top.until((snapshot) => `${ids(snapshot)}` === "a,c");
  await even.until((snapshot) => `${ids(snapshot)}` === "b");
  await emulator.set("scores/b", { n: 2, team: "odd" });
  await even.until((snapshot) => snapshot.empty);
}

export async function other_operators_and_groups_are_served({ db, sdk, emulator }) {
  const { query, collection, collectionGroup, where, and, or } = sdk;
  await sdk.setDoc(sdk.doc(db, "users/u/images/1"), { tags: ["x", "y"], n: 1 });
  await sdk.setDoc(sdk.doc(db, "users/v/images/2"), { tags: ["y"], n: 2 });
  await emulator.set("users/u", { name: "U" });
  const group = collectionGroup(db, "images");
  const found = async (...parts) => ids(await sdk.getDocsFromServer(query(...parts)));
  equal(await found(group), ["1", "2"]);
  equal(await found(group, where("tags", "array-contains", "x")), ["1"]);
  equal(await found(group, where("n", "in", [2, 3])), ["2"]);
  equal(await found(group, where("n", "not-in", [2])), ["1"]);
  equal(await found(group, or(where("n", "<", 2), and(where("n", ">", 1), where("n", "!=", 3)))), ["1", "2"]);
  equal(await found(collection(db, "users/u/images"), where(sdk.documentId(), ">=", "1")), ["1"]);
}

export async function large_results_arrive_whole({ db, sdk }) {
  const batch = sdk.writeBatch(db);
  const text = "𝄞ü".repeat(1500);
  for (let n = 0; n < 300; n++) {
    batch.set(sdk.doc(db, `many/${String(n).padStart(3, "0")}`), { n, text });
  }
  await batch.commit();
  const seen = new Observation();
  const many = sdk.query(sdk.collection(db, "many"), sdk.orderBy("n"));
  sdk.onSnapshot(many, { includeMetadataChanges: true }, seen.next, seen.fail);
  const all = await seen.until(fromServer);
  equal(all.docs.map((each) => each.get("n")), [...Array(300).keys()]);
  equal(all.docs.every((each) => each.get("text") === text), true);
}

export async function many_listeners_share_a_connection({ db, sdk, emulator }) {
  const observations = [...Array(40).keys()].map((n) => {
    const seen = new Observation();
    const job = sdk.doc(db, `jobs/${n}`);
    sdk.onSnapshot(job, { includeMetadataChanges: true }, seen.next, seen.fail);
    return seen;
  });
  await Promise.all(observations.map((seen) => seen.until(fromServer)));
  await emulator.set("jobs/7", { n: 7 });
  await observations[7].until((snapshot) => snapshot.exists());
  await sdk.setDoc(sdk.doc(db, "jobs/39"), { n: 39 });
  await observations[39].until((snapshot) => snapshot.exists() && !snapshot.metadata.hasPendingWrites);
  equal(observations.filter((seen) => seen.last.exists()).length, 2);
}

export async function offline_work_is_sent_when_online_again({ db, sdk, emulator }) {
  await emulator.set("notes/a", { text: "before" });
  const seen = new Observation();
  const notes = sdk.collection(db, "notes");
  sdk.onSnapshot(notes, { includeMetadataChanges: true }, seen.next, seen.fail);
  await seen.until(fromServer);

  await sdk.disableNetwork(db);
  await seen.until((snapshot) => snapshot.metadata.fromCache);
  const written = sdk.setDoc(sdk.doc(db, "notes/b"), { text: "offline" });
  await seen.until((snapshot) => snapshot.size === 2 && snapshot.metadata.hasPendingWrites);
  await emulator.set("notes/a", { text: "meanwhile" });
  equal(seen.last.docs[0].get("text"), "before");

  await sdk.enableNetwork(db);
  await written;
  const online = await seen.until(
    (snapshot) => fromServer(snapshot) && !snapshot.metadata.hasPendingWrites && snapshot.size === 2,
  );
  equal(online.docs.map((each) => each.get("text")), ["meanwhile", "offline"]);
}
