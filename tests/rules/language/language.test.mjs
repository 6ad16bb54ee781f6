// Rules as apps write them, tried with the real SDKs: node --test, with the addresses of the running
// emulators in FIRESTORE_EMULATOR_HOST and FIREBASE_STORAGE_EMULATOR_HOST.

import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
} from '@firebase/rules-unit-testing';
import {
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  getDoc,
  getDocs,
  increment,
  limit,
  or,
  orderBy,
  query,
  runTransaction,
  serverTimestamp,
  setDoc,
  setLogLevel,
  updateDoc,
  where,
  writeBatch,
} from 'firebase/firestore';
import { deleteObject, getBytes, listAll, ref, updateMetadata, uploadBytes } from 'firebase/storage';

setLogLevel('silent');
const rules = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
let environment;
let alice;
let bob;
let nobody;

before(async () => {
  environment = await initializeTestEnvironment({
    projectId: 'demo-rules-test',
    firestore: { rules: rules('firestore.rules') },
    storage: { rules: rules('storage.rules') },
  });
  const verified = { email: 'alice@example.com', email_verified: true };
  alice = environment.authenticatedContext('alice', verified);
  bob = environment.authenticatedContext('bob', { email: 'bob@example.org', email_verified: true });
  nobody = environment.unauthenticatedContext();
});

beforeEach(async () => {
  await environment.clearFirestore();
  await environment.clearStorage();
  await environment.withSecurityRulesDisabled(async (admin) => {
    const db = admin.firestore();
    await setDoc(doc(db, 'notes/a'), { owner: 'alice', text: 'hi' });
    await setDoc(doc(db, 'notes/p'), { owner: 'carol', text: 'hi', public: true });
    await setDoc(doc(db, 'rooms/r'), { members: ['alice'], count: 1 });
    await setDoc(doc(db, 'shops/1/reviews/2'), { stars: 4 });
    await setDoc(doc(db, 'tagged/1'), { readers: ['alice', 'bob'] });
    await setDoc(doc(db, 'vips/1'), {});
  });
});

after(() => environment.cleanup());

test('documents are read by what they hold', async () => {
  await assertSucceeds(getDoc(doc(alice.firestore(), 'notes/a')));
  await assertFails(getDoc(doc(bob.firestore(), 'notes/a')));
  await assertFails(getDoc(doc(nobody.firestore(), 'notes/a')));
  await assertSucceeds(getDoc(doc(nobody.firestore(), 'notes/p')));
  await assertFails(getDoc(doc(alice.firestore(), 'notes/missing')));
});

test('rules are not filters', async () => {
  const notes = collection(alice.firestore(), 'notes');
  const own = where('owner', '==', 'alice');
  await assertFails(getDocs(notes));
  await assertFails(getDocs(query(notes, where('owner', '==', 'bob'))));
  await assertFails(getDocs(query(notes, where('text', '==', 'hi'))));
  await assertFails(getDocs(query(notes, where('owner', 'in', ['alice', 'bob']))));
  await assertSucceeds(getDocs(query(notes, own)));
  await assertSucceeds(getDocs(query(notes, own, orderBy('text'), limit(3))));
  await assertSucceeds(getDocs(query(notes, or(own, where('public', '==', true)))));
  await assertFails(getDocs(query(notes, or(own, where('text', '==', 'hi')))));
});

test('a new document is checked field by field', async () => {
  const note = (id) => doc(alice.firestore(), `notes/${id}`);
  const good = { owner: 'alice', text: 'abc', at: serverTimestamp() };
  await assertSucceeds(setDoc(note('n'), good));
  await assertFails(setDoc(note('1'), { ...good, owner: 'bob' }));
  await assertFails(setDoc(note('2'), { ...good, text: 'four' }));
  await assertFails(setDoc(note('3'), { ...good, text: 3 }));
  await assertFails(setDoc(note('4'), { ...good, at: new Date() }));
  await assertFails(setDoc(note('5'), { ...good, more: 1 }));
});

test('an update may touch only what the rule names', async () => {
  const note = doc(alice.firestore(), 'notes/a');
  await assertSucceeds(updateDoc(note, { text: 'new' }));
  await assertFails(updateDoc(note, { owner: 'bob' }));
  await assertFails(updateDoc(note, { text: 'x', more: 1 }));
  await assertFails(updateDoc(doc(bob.firestore(), 'notes/a'), { text: 'x' }));
  await assertFails(deleteDoc(doc(bob.firestore(), 'notes/a')));
  await assertSucceeds(deleteDoc(note));
});

test('other documents are looked up', async () => {
  await assertSucceeds(getDoc(doc(alice.firestore(), 'rooms/r')));
  await assertFails(getDoc(doc(bob.firestore(), 'rooms/r')));
  await assertSucceeds(getDocs(collection(alice.firestore(), 'rooms/r/messages')));
  await assertFails(getDocs(collection(bob.firestore(), 'rooms/r/messages')));
});

test('getAfter sees the whole batch', async () => {
  const db = alice.firestore();
  const message = doc(db, 'rooms/r/messages/1');
  await assertFails(setDoc(message, { text: 'alone' }));
  const batch = writeBatch(db);
  batch.set(message, { text: 'counted' });
  batch.update(doc(db, 'rooms/r'), { count: increment(1) });
  await assertSucceeds(batch.commit());
  const second = doc(db, 'rooms/r/messages/2');
  await assertSucceeds(
    runTransaction(db, async (transaction) => {
      const room = await transaction.get(doc(db, 'rooms/r'));
      transaction.set(second, { text: 'counted' });
      transaction.update(room.ref, { count: room.data().count + 1 });
    }),
  );
});

test('collection groups, limits and ranges', async () => {
  const reviews = collectionGroup(nobody.firestore(), 'reviews');
  await assertSucceeds(getDocs(query(reviews, where('stars', '>', 3), limit(5))));
  await assertSucceeds(getDocs(query(reviews, where('stars', '>=', 3), limit(5))));
  await assertFails(getDocs(query(reviews, where('stars', '>=', 2), limit(5))));
  await assertFails(getDocs(query(reviews, where('stars', '>=', 3), limit(6))));
  await assertFails(getDocs(query(reviews, where('stars', '>=', 3))));
});

test('array-contains proves membership', async () => {
  const tagged = collection(alice.firestore(), 'tagged');
  await assertSucceeds(getDocs(query(tagged, where('readers', 'array-contains', 'alice'))));
  await assertFails(getDocs(query(tagged, where('readers', 'array-contains', 'bob'))));
  await assertFails(getDocs(query(tagged, where('readers', 'array-contains-any', ['alice', 'bob']))));
});

test('claims of the token', async () => {
  await assertSucceeds(getDoc(doc(alice.firestore(), 'vips/1')));
  await assertFails(getDoc(doc(bob.firestore(), 'vips/1')));
  await assertFails(getDoc(doc(nobody.firestore(), 'vips/1')));
});

test('Storage rules look into Firestore', async () => {
  const file = (context) => ref(context.storage(), 'rooms/r/a/b.png');
  const png = { contentType: 'image/png' };
  const bytes = new Uint8Array(99);
  await assertFails(uploadBytes(file(bob), bytes, png));
  await assertFails(uploadBytes(file(nobody), bytes, png));
  await assertFails(uploadBytes(file(alice), bytes, { contentType: 'text/plain' }));
  await assertFails(uploadBytes(file(alice), new Uint8Array(100), png));
  await assertFails(uploadBytes(ref(alice.storage(), 'rooms/none/b.png'), bytes, png));
  await assertSucceeds(uploadBytes(file(alice), bytes, png));
  await assertSucceeds(getBytes(file(alice)));
  await assertFails(getBytes(file(bob)));
  await assertSucceeds(listAll(ref(alice.storage(), 'rooms/r')));
  await assertFails(listAll(ref(alice.storage(), 'rooms')));
});

test('Storage metadata and deletion', async () => {
  const file = ref(alice.storage(), 'rooms/r/x.png');
  await assertSucceeds(uploadBytes(file, new Uint8Array(1), { contentType: 'image/png' }));
  await assertFails(deleteObject(file));
  await assertFails(updateMetadata(file, { customMetadata: { other: 'x' } }));
  await assertSucceeds(updateMetadata(file, { customMetadata: { note: 'gone' } }));
  await assertSucceeds(deleteObject(file));
});
