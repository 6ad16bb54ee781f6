import { Observation, equal, rejection } from "./observation.mjs";

export async function local_writes_show_before_the_server_has_them({ db, sdk }) {
  const seen = new Observation();
  const note = sdk.doc(db, "notes/a");
  sdk.onSnapshot(note, { includeMetadataChanges: true }, seen.next, seen.fail);
  await seen.until((snapshot) => !snapshot.metadata.fromCache);

  let confirmed = false;
  const written = sdk.setDoc(note, { at: sdk.serverTimestamp(), n: sdk.increment(2) });
  written.then(() => (confirmed = true));
  const local = await seen.until((snapshot) => snapshot.metadata.hasPendingWrites);
  equal([confirmed, local.get("n"), local.get("at")], [false, 2, null]);
  await written;
  const saved = await seen.until((snapshot) => !snapshot.metadata.hasPendingWrites);
  equal([saved.get("n"), saved.get("at") instanceof sdk.Timestamp], [2, true]);
}

export async function transactions_do_not_lose_updates({ db, sdk }) {
  const counter = sdk.doc(db, "counters/c");
  const limits = sdk.doc(db, "counters/limits");
  await sdk.setDoc(limits, { most: 5 });
  const add = () =>
    sdk.runTransaction(
      db,
      async (transaction) => {
        const most = (await transaction.get(limits)).get("most");
        const before = (await transaction.get(counter)).data()?.n ?? 0;
        if (before >= most) throw new Error("full");
        transaction.set(counter, { n: before + 1 });
        return before + 1;
      },
      { maxAttempts: 20 },
    );
  const results = await Promise.all([add(), add(), add(), add(), add()]);
  equal(results.toSorted(), [1, 2, 3, 4, 5]);
  equal((await rejection(add())).message, "full");
  equal((await sdk.getDocFromServer(counter)).get("n"), 5);
}

export async function a_transaction_runs_again_when_what_it_read_has_changed({ db, sdk, emulator }) {
  await emulator.set("counters/read", { n: 1 });
  let attempts = 0;
  await sdk.runTransaction(db, async (transaction) => {
    const { n } = (await transaction.get(sdk.doc(db, "counters/read"))).data();
    if (attempts++ === 0) await emulator.set("counters/read", { n: 2 });
    transaction.set(sdk.doc(db, "counters/written"), { n });
  });
  equal([attempts, (await sdk.getDocFromServer(sdk.doc(db, "counters/written"))).get("n")], [2, 2]);
}

export async function a_batch_is_one_change({ db, sdk }) {
  const seen = new Observation();
  const collection = sdk.collection(db, "notes");
  sdk.onSnapshot(collection, { includeMetadataChanges: true }, seen.next, seen.fail);
  await seen.until((snapshot) => !snapshot.metadata.fromCache);

  const batch = sdk.writeBatch(db);
  for (const id of ["a", "b", "c"]) batch.set(sdk.doc(db, `notes/${id}`), { id });
  await batch.commit();
  const confirmed = seen.snapshots.filter((snapshot) => !snapshot.metadata.hasPendingWrites);
  const sizes = new Set([...confirmed, await seen.until((s) => !s.metadata.hasPendingWrites)].map((s) => s.size));
  equal([...sizes].toSorted(), [0, 3]);

  const failing = sdk.writeBatch(db);
  failing.set(sdk.doc(db, "notes/d"), {});
  failing.update(sdk.doc(db, "notes/missing"), { n: 1 });
  equal((await rejection(failing.commit())).code, "not-found");
  equal((await sdk.getDocsFromServer(collection)).size, 3);
}

export async function values_of_every_type_come_back({ db, sdk }) {
  const { Timestamp, GeoPoint, Bytes } = sdk;
  const note = sdk.doc(db, "notes/types");
  await sdk.setDoc(note, {
    nothing: null, yes: true, int: 2 ** 53 - 1, double: 0.1, nan: NaN, zero: -0,
    when: new Timestamp(1767323045, 678901000), where: new GeoPoint(1.5, -2.5),
    bytes: Bytes.fromUint8Array(new Uint8Array([0, 255])), text: "Ünïcode 𝄞 \u0000\u2028",
    list: [1, { deep: ["x"] }], map: { "odd.key": { "`": 1 } }, other: sdk.doc(db, "notes/x"),
    vector: sdk.vector([1, 2.5]),
  });
  const data = (await sdk.getDocFromServer(note)).data();
  equal([data.nothing, data.yes, data.int, data.double], [null, true, 2 ** 53 - 1, 0.1]);
  equal([Number.isNaN(data.nan), Object.is(data.zero, -0)], [true, true]);
  equal(data.when.isEqual(new Timestamp(1767323045, 678901000)), true);
  equal(data.where.isEqual(new GeoPoint(1.5, -2.5)), true);
  equal([...data.bytes.toUint8Array()], [0, 255]);
  equal(data.text, "Ünïcode 𝄞 \u0000\u2028");
  equal([data.list, data.map], [[1, { deep: ["x"] }], { "odd.key": { "`": 1 } }]);
  equal([data.other.path, data.vector.toArray()], ["notes/x", [1, 2.5]]);
}

export async function fields_are_changed_one_by_one({ db, sdk }) {
  const note = sdk.doc(db, "notes/a");
  await sdk.setDoc(note, { keep: 1, drop: 2, map: { a: 1, b: 2 }, list: [1, 2] });
  await sdk.updateDoc(note, {
    drop: sdk.deleteField(), "map.a": 9, list: sdk.arrayUnion(2, 3), count: sdk.increment(1),
  });
  await sdk.setDoc(note, { map: { c: 3 }, list: sdk.arrayRemove(1) }, { merge: true });
  const data = (await sdk.getDocFromServer(note)).data();
  equal([data.keep, "drop" in data, data.count, data.list], [1, false, 1, [2, 3]]);
  equal(Object.entries(data.map).toSorted(), [["a", 9], ["b", 2], ["c", 3]]);
  equal((await rejection(sdk.updateDoc(sdk.doc(db, "notes/none"), { n: 1 }))).code, "not-found");
  await sdk.deleteDoc(note);
  equal((await sdk.getDocFromServer(note)).exists(), false);
}

export async function aggregates_are_computed_by_the_server({ db, sdk, emulator }) {
  for (const n of [1, 2, 6]) await emulator.set(`scores/${n}`, { n });
  const scores = sdk.collection(db, "scores");
  equal((await sdk.getCountFromServer(sdk.query(scores, sdk.where("n", ">", 1)))).data(), { count: 2 });
  const { sum, average } = sdk;
  const all = await sdk.getAggregateFromServer(scores, { total: sum("n"), mean: average("n") });
  equal([all.data().total, all.data().mean], [9, 3]);
}
