// Runs table.json with the real SDKs against running emulators and prints one JSON object a line:
// {"id", "who", "expected": "allowed" | "denied", "got": the same or an error's text}.
//
// node run_table.mjs <firestore host:port> <storage host:port> <project> <folder of the rules>

import { readFileSync } from 'node:fs';
import { initializeTestEnvironment } from '@firebase/rules-unit-testing';
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getCountFromServer,
  getDoc,
  getDocs,
  limit,
  onSnapshot,
  orderBy,
  query,
  setDoc,
  setLogLevel,
  updateDoc,
  where,
} from 'firebase/firestore';
import {
  deleteObject,
  getBytes,
  getMetadata,
  listAll,
  ref,
  updateMetadata,
  uploadBytes,
} from 'firebase/storage';

const [firestoreAddress, storageAddress, projectId, folder] = process.argv.slice(2);
const table = JSON.parse(readFileSync(new URL('table.json', import.meta.url), 'utf8'));
setLogLevel('silent'); // a denial is a result here, not something to warn of

const address = (text) => {
  const [host, port] = text.split(':');
  return { host, port: Number(port) };
};
const environment = await initializeTestEnvironment({
  projectId,
  firestore: {
    ...address(firestoreAddress),
    rules: readFileSync(`${folder}/firestore.rules`, 'utf8'),
  },
  storage: { ...address(storageAddress), rules: readFileSync(`${folder}/storage.rules`, 'utf8') },
});

class RefusedUpload extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const contexts = {};
for (const [name, user] of Object.entries(table.who)) {
  contexts[name] = user
    ? environment.authenticatedContext(user.uid, user.claims)
    : environment.unauthenticatedContext();
}
await environment.withSecurityRulesDisabled(async (admin) => {
  contexts.admin = admin;
  await runAll(admin);
});
await environment.cleanup();

async function outcome(operation) {
  try {
    await operation();
    return 'allowed';
  } catch (error) {
    if (['permission-denied', 'storage/unauthorized', 'storage/unauthenticated'].includes(error.code)) {
      return 'denied';
    }
    return `${error.code}: ${error.message}`;
  }
}

async function check(id, allow, operation, who = Object.keys(contexts), restore = async () => {}) {
  const allowed = typeof allow === 'string' ? table.groups[allow] : allow;
  for (const name of who) {
    const got = await outcome(() => operation(contexts[name], name));
    if (got === 'allowed') await restore();
    const expected = allowed.includes(name) ? 'allowed' : 'denied';
    console.log(JSON.stringify({ id, who: name, expected, got }));
  }
}

async function runAll(admin) {
  await documents(admin.firestore());
  await queries();
  await objects(admin.storage());
  await uploads();
  for (const row of table.storage.lists) {
    await check(`storage list ${row.path}`, row.allow, (context) =>
      listAll(ref(context.storage(), row.path)),
    );
  }
}

async function documents(database) {
  const stored = { user_id: 'alice', status: 'completed', created_at: 1 };
  const restore = async (row) => {
    if (row.missing) await deleteDoc(doc(database, row.path));
    else await setDoc(doc(database, row.path), stored);
    await deleteDoc(doc(database, `${row.path}_new`));
  };
  for (const row of table.firestore.documents) await restore(row);
  for (const row of table.firestore.documents) {
    const operations = {
      get: (db) => getDoc(doc(db, row.path)),
      listen: (db) => firstSnapshot(doc(db, row.path)),
      create: (db) => setDoc(doc(db, `${row.path}_new`), stored),
      delete: (db) => deleteDoc(doc(db, row.path)),
      ...(row.missing ? {} : { update: (db) => updateDoc(doc(db, row.path), { status: 'failed' }) }),
    };
    for (const [name, operation] of Object.entries(operations)) {
      await check(
        `firestore ${name} ${row.path}`,
        row[name] ?? row.get,
        (context) => operation(context.firestore()),
        undefined,
        () => restore(row),
      );
    }
  }
}

// The first snapshot that the server has confirmed: what the cache holds needs no permission.
function firstSnapshot(target) {
  return new Promise((resolve, reject) => {
    const stop = onSnapshot(
      target,
      { includeMetadataChanges: true },
      (snapshot) => {
        if (snapshot.metadata.fromCache) return;
        stop();
        resolve(snapshot);
      },
      reject,
    );
  });
}

async function queries() {
  for (const row of table.firestore.queries) {
    const build = (db) =>
      query(
        row.group ? collectionGroup(db, row.path) : collection(db, row.path),
        ...(row.where ?? []).map((filter) => where(...filter)),
        ...(row.orderBy ?? []).map((order) => orderBy(...order)),
        ...(row.limit ? [limit(row.limit)] : []),
      );
    const { allow, ...described } = row;
    await check(`firestore query ${JSON.stringify(described)}`, allow, (context) =>
      (row.count ? getCountFromServer : getDocs)(build(context.firestore())),
    );
    await check(`firestore listen ${JSON.stringify(described)}`, allow, (context) =>
      firstSnapshot(build(context.firestore())),
    );
  }
}

function bytes(size) {
  return new Uint8Array(size).fill(7);
}

function settings(row) {
  const { contentType, contentEncoding } = row;
  return { contentType, customMetadata: row.metadata, ...(contentEncoding && { contentEncoding }) };
}

async function objects(storage) {
  const restore = async (row) => {
    await uploadBytes(ref(storage, row.path), bytes(row.size), settings(row));
    await remove(`${row.path}_new`);
  };
  for (const row of table.storage.objects) {
    await restore(row);
    const operations = {
      get: (bucket) => getBytes(ref(bucket, row.path)),
      'get metadata': (bucket) => getMetadata(ref(bucket, row.path)),
      create: (bucket) => uploadBytes(ref(bucket, `${row.path}_new`), bytes(row.size), settings(row)),
      overwrite: (bucket) => uploadBytes(ref(bucket, row.path), bytes(row.size), settings(row)),
      update: (bucket) =>
        updateMetadata(ref(bucket, row.path), { customMetadata: { owner: 'mallory' } }),
      delete: (bucket) => deleteObject(ref(bucket, row.path)),
    };
    for (const [name, operation] of Object.entries(operations)) {
      await check(
        `storage ${name} ${row.path}`,
        row[name] ?? row.get,
        (context) => operation(context.storage()),
        undefined,
        () => restore(row),
      );
    }
  }
}

async function uploads() {
  for (const row of table.storage.uploads) {
    await check(
      `storage upload ${JSON.stringify(row.path)} ${row.contentType} ${row.contentEncoding} ${row.size}`,
      row.allow,
      row.raw
        ? (_, who) => rawUpload(row, who)
        : (context) => uploadBytes(ref(context.storage(), row.path), bytes(row.size), settings(row)),
      row.who,
      () => remove(row.path),
    );
  }
}

// Uploads under exactly this name: the SDK would tidy it first, an attacker would not.
async function rawUpload(row, who) {
  const boundary = 'boundary';
  const { path: name, contentType, contentEncoding } = row;
  const metadata = { name, contentType, contentEncoding, metadata: row.metadata };
  const body = [
    `--${boundary}\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(metadata)}`,
    `--${boundary}\r\nContent-Type: ${row.contentType}\r\n\r\n${'x'.repeat(row.size)}`,
    `--${boundary}--`,
  ].join('\r\n');
  const response = await fetch(objectUrl(`?name=${encodeURIComponent(row.path)}`), {
    method: 'POST',
    headers: {
      'X-Goog-Upload-Protocol': 'multipart',
      'Content-Type': `multipart/related; boundary=${boundary}`,
      ...authorization(who),
    },
    body,
  });
  const answer = await response.text();
  if (response.status === 403) throw new RefusedUpload('storage/unauthorized', answer);
  if (!response.ok || JSON.parse(answer).name !== row.path) {
    throw new RefusedUpload(`HTTP ${response.status}`, answer);
  }
}

function objectUrl(rest) {
  return `http://${storageAddress}/v0/b/${projectId}/o${rest}`;
}

function authorization(who) {
  if (who === 'nobody') return {};
  if (who === 'admin') return { Authorization: 'Bearer owner' };
  const { uid, claims } = table.who[who];
  const parts = [{ alg: 'none', type: 'JWT' }, { ...claims, sub: uid, user_id: uid }];
  const encoded = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return { Authorization: `Firebase ${encoded.join('.')}.` };
}

async function remove(path) {
  const response = await fetch(objectUrl(`/${encodeURIComponent(path)}`), {
    method: 'DELETE',
    headers: authorization('admin'),
  });
  if (!response.ok && response.status !== 404) throw new Error(await response.text());
}
