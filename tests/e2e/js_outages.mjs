// The scenarios of test_js_outages.py, on the packed client: node js_outages.mjs PORT_OFFSET SCENARIO
import net from "node:net";
import v8 from "node:v8";
import vm from "node:vm";
import { initializeApp } from "firebase/app";
import { getAuth, signInAnonymously } from "firebase/auth";
import { connectLocalStack, createFirepod } from "firepod";

const [portOffset, scenario] = [Number(process.argv[2]), process.argv[3]];
const SMALL = { task_type: "text2img", width: 256, height: 256 };
const PROJECT = "demo-firepod";
const PORTS = { firestore: 8080, auth: 9099, functions: 5001, storage: 9199, hosting: 5005 };
const at = (name) => PORTS[name] + portOffset;

/** The stack once more under another address, from which it can be cut off. */
class Network {
  host = "127.0.0.2";
  #servers = [];
  #sockets = new Set();

  async mend() {
    this.#servers = await Promise.all(Object.keys(PORTS).map((name) => this.#serve(at(name))));
  }

  async cut() {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.#sockets.forEach((socket) => socket.destroy());
    await Promise.all(closed);
  }

  #serve(port) {
    const server = net.createServer((near) => {
      const far = net.connect(port, "127.0.0.1");
      for (const [one, other] of [[near, far], [far, near]]) {
        this.#sockets.add(one);
        one.pipe(other);
        one.on("error", () => {});
        one.on("close", () => (this.#sockets.delete(one), other.destroy()));
      }
    });
    return new Promise((resolve) => server.listen(port, this.host, () => resolve(server)));
  }
}

async function signedIn({ host, ...options } = {}) {
  const app = initializeApp({ projectId: PROJECT, apiKey: "local", storageBucket: `${PROJECT}.appspot.com` }, `app ${Math.random()}`);
  connectLocalStack(app, { portOffset, ...(host && { host }) });
  await signInAnonymously(getAuth(app));
  return { app, auth: getAuth(app), firepod: createFirepod({ app, ...options }) };
}

/** What is told, and a way to wait for it. */
function told() {
  const all = [];
  let heard = () => {};
  const tell = (one) => (all.push(one), heard());
  const until = (good) =>
    new Promise((resolve) => (heard = () => all.length > 0 && good(all.at(-1)) && resolve(all.at(-1)))());
  return { all, tell, until };
}

const refusal = (promise) => promise.then(() => "went well", ({ code, message }) => ({ code, message }));
const prompts = (generations) => generations.map((one) => one.request_data.prompt);

const SCENARIOS = {
  /** The network goes in the middle of a listen, a request is made meanwhile, and it comes back. */
  async outage() {
    const network = new Network();
    await network.mend();
    const { firepod } = await signedIn(network);
    const [connection, list, waits] = [told(), told(), told()];
    firepod.onConnection(connection.tell);
    firepod.feed({ mediaTypes: ["images"], next: list.tell });
    await firepod.run({ ...SMALL, prompt: "before" });
    await network.cut();
    const hasty = await refusal(firepod.generate({ ...SMALL, prompt: "hasty" }));
    const patient = firepod.generate({ ...SMALL, prompt: "patient" }, { patient: true, onWaiting: () => waits.tell(1) });
    await connection.until((connected) => !connected);
    await waits.until(() => true);
    await network.mend();
    const handle = await patient;
    await connection.until((connected) => connected);
    await handle.done();
    const last = await list.until((all) => all[0]?.status === "completed" && all.length > 1);
    return { hasty, connection: connection.all, prompts: prompts(last) };
  },

  async upload() {
    const network = new Network();
    await network.mend();
    const { firepod } = await signedIn(network);
    const [waiting, progress, connection] = [told(), told(), told()];
    firepod.onConnection(connection.tell);
    const bytes = new Uint8Array(6 * 1024 * 1024);
    const options = { name: "a.png", onWaiting: waiting.tell, onProgress: progress.tell };
    const stored = firepod.upload(bytes, options);
    await progress.until((fraction) => fraction > 0);
    await network.cut();
    const stop = new AbortController();
    const stopped = refusal(firepod.upload(bytes, { name: "b.png", signal: stop.signal }));
    await waiting.until((now) => now);
    stop.abort();
    await connection.until((connected) => !connected);
    await network.mend();
    return { path: await stored, waiting: waiting.all, stopped: await stopped, progress: progress.all.at(-1) };
  },

  /** Somebody else signs in while the first one's request and upload wait. */
  async another() {
    const network = new Network();
    await network.mend();
    const { app, auth, firepod } = await signedIn(network);
    const [waits, uploading] = [told(), told()];
    const mine = told();
    const feed = firepod.feed({ next: mine.tell });
    await mine.until(() => true);
    const stored = refusal(firepod.upload(new Uint8Array(6 * 1024 * 1024), { name: "a.png", onProgress: uploading.tell }));
    await uploading.until((fraction) => fraction > 0);
    await network.cut();
    const asked = refusal(firepod.generate({ ...SMALL, prompt: "the first one's" }, { patient: true, onWaiting: () => waits.tell(1) }));
    await waits.until(() => true);
    await network.mend();
    await auth.signOut();
    const { user } = await signInAnonymously(auth);
    firepod.wake();
    const old = await refusal(feed.older());
    const theirs = told();
    createFirepod({ app }).feed({ next: theirs.tell });
    return { asked: await asked, stored: await stored, old, theirs: prompts(await theirs.until(() => true)), user: user.uid };
  },

  /** The account is deleted elsewhere: a call finds out, and nobody is signed in any more. */
  async deleted() {
    const { auth, firepod } = await signedIn();
    const users = told();
    firepod.onUser((userId) => users.tell(userId ?? "nobody"));
    const idToken = await auth.currentUser.getIdToken();
    await fetch(`http://127.0.0.1:${at("auth")}/identitytoolkit.googleapis.com/v1/accounts:delete?key=local`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ idToken }),
    });
    const refused = await refusal(firepod.generate({ ...SMALL, prompt: "x" }));
    await users.until((userId) => userId === "nobody");
    return { refused, again: await refusal(firepod.quota()) };
  },

  /** The rules refuse the list for a while. */
  async refused({ rules = process.env.RULES } = {}) {
    const put = (content) =>
      fetch(`http://127.0.0.1:${at("firestore")}/emulator/v1/projects/${PROJECT}:securityRules`, {
        method: "PUT",
        headers: { authorization: "Bearer owner" },
        body: JSON.stringify({ rules: { files: [{ name: "firestore.rules", content }] } }),
      }).then(({ status }) => status);
    const { firepod } = await signedIn();
    await firepod.run({ ...SMALL, prompt: "there" });
    const [list, errors] = [told(), told()];
    try {
      await put("service cloud.firestore { match /databases/{d}/documents { match /{all=**} { allow read: if false; } } }");
      firepod.feed({ mediaTypes: ["images"], next: list.tell, error: ({ code }) => errors.tell(code) });
      await errors.until(() => true);
    } finally {
      await put(rules);
    }
    return { errors: errors.all, prompts: prompts(await list.until((all) => all.length > 0)) };
  },

  /** What is closed is held by nobody. */
  async thousand() {
    const { firepod } = await signedIn();
    const opened = () => {
      const feed = firepod.feed({ next: () => {} });
      feed.stop();
      return new WeakRef(feed);
    };
    const feeds = Array.from({ length: 1000 }, opened);
    const list = told();
    firepod.feed({ next: list.tell }); // the SDK has done what was asked before
    await list.until(() => true);
    v8.setFlagsFromString("--expose-gc");
    vm.runInNewContext("gc")();
    return { left: feeds.filter((one) => one.deref() !== undefined).length };
  },
};

console.log(JSON.stringify(await SCENARIOS[scenario]()));
process.exit(0);
