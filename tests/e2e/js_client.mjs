// The scenarios of test_js_client.py, on the packed client: node js_client.mjs PORT_OFFSET SCENARIO
import { initializeApp } from "firebase/app";
import { connectAuthEmulator, getAuth, signInAnonymously, signOut } from "firebase/auth";
import { MEDIA_TYPES, connectLocalStack, createFirepod } from "firepod";

const [portOffset, scenario] = [Number(process.argv[2]), process.argv[3]];
const SMALL = { task_type: "text2img", width: 256, height: 256 };

function connect(options = {}) {
  const app = initializeApp({ projectId: "demo-firepod", apiKey: "local", ...options.firebase }, `app ${Math.random()}`);
  connectLocalStack(app, { portOffset, ...options.stack });
  return { app, firepod: createFirepod({ app }) };
}

async function signedIn() {
  const { app, firepod } = connect();
  await signInAnonymously(getAuth(app));
  return { app, firepod };
}

const said = (error) => ({
  name: error.name,
  code: error.code,
  message: error.message,
  fields: error.fields && Object.fromEntries(error.fields),
  retryAfterSeconds: error.retryAfterSeconds,
  errorCode: error.errorCode,
});
const refusal = (promise) => promise.then(() => "went well", said);

const SCENARIOS = {
  async run() {
    const { firepod } = await signedIn();
    const seen = [];
    const g = await firepod.run(
      { ...SMALL, prompt: "a lighthouse", num_images: 2 },
      { onUpdate: ({ status }) => seen.push(status) },
    );
    const bytes = await Promise.all(g.outputs.map(async ({ url }) => (await (await fetch(url)).arrayBuffer()).byteLength));
    const again = firepod.generation(g); // as after a reload, by its name alone
    return { status: g.status, seen, outputs: g.outputs, bytes, again: (await again.get())?.status };
  },

  async inputs() {
    const { firepod } = await signedIn();
    const { outputs } = await firepod.run({ ...SMALL, prompt: "a start" });
    const picture = await (await fetch(outputs[0].url)).arrayBuffer();
    const fractions = [];
    const paths = {
      bytes: await firepod.upload(new Uint8Array(picture), { name: "a.PNG", onProgress: (f) => fractions.push(f) }),
      buffer: await firepod.upload(picture, { contentType: "image/png" }),
      blob: await firepod.upload(new Blob([picture], { type: "image/png" })),
      file: await firepod.upload(new File([picture], "b.png", { type: "image/png" })),
      uri: await firepod.upload({ uri: `data:image/png;base64,${Buffer.from(picture).toString("base64")}` }),
    };
    const made = await firepod.run({ ...SMALL, task_type: "img2img", prompt: "blue", init_image: paths.file });
    const stopped = AbortSignal.abort();
    return {
      paths,
      fractions,
      made: made.status,
      video: await refusal(firepod.upload(new Blob(["x"], { type: "video/mp4" }))),
      large: await refusal(firepod.upload(new Uint8Array(25 * 1024 * 1024 + 1), { name: "a.png" })),
      empty: await refusal(firepod.upload(new Uint8Array(0), { name: "a.png" })),
      stopped: await refusal(firepod.upload(picture, { name: "a.png", signal: stopped })),
    };
  },

  async ends() {
    const { firepod } = await signedIn();
    const failed = await refusal(firepod.run({ ...SMALL, prompt: "x", extra: { trouble: "refuse" } }));
    const controller = new AbortController();
    const long = { task_type: "text2video", prompt: "a long one", num_frames: 257, fps: 60 };
    let path;
    const aborted = await refusal(
      firepod.run(long, {
        signal: controller.signal,
        onUpdate: (g) => {
          path = `generations/${g.user_id}/${g.media_type}/${g.file_uid}`;
          controller.abort();
        },
      }),
    );
    const handle = firepod.generation(path);
    const undone = new AbortController(); // as React's StrictMode does: an effect, its end, and the effect again
    const breath = refusal(firepod.run({ ...SMALL, prompt: "never" }, { signal: undone.signal }));
    undone.abort();
    const cancelled = await refusal(handle.done());
    const retried = await handle.retry();
    await handle.cancel();
    const seen = [];
    const gone = new Promise((resolve) => {
      const stop = handle.subscribe((g) => {
        seen.push(g?.status);
        if (g === undefined) {
          stop();
          resolve();
        }
      });
    });
    await handle.discard();
    await gone;
    const asked = (await firepod.pages().next()).map((g) => g.request_data.prompt);
    const never = [(await breath).code, asked.includes("never")];
    return { failed, aborted, never, cancelled, retried: retried.status, discarded: await refusal(handle.done()), last: seen.at(-1) ?? "gone" };
  },

  async lists() {
    const { firepod } = await signedIn();
    const prompts = ["one", "two", "three", "four", "five"];
    for (const prompt of prompts) {
      await firepod.run({ ...SMALL, prompt });
    }
    const pages = firepod.pages({ pageSize: 2 });
    const paged = [];
    while (!pages.done) {
      paged.push((await pages.next()).map((g) => g.request_data.prompt));
    }
    const told = [];
    let heard = () => {};
    const feed = firepod.feed({ pageSize: 2, mediaTypes: ["images"], next: (all, more) => (told.push({ all: all.map((g) => g.request_data.prompt), more }), heard()) });
    const until = (good) => new Promise((resolve) => (heard = () => told.length > 0 && good(told.at(-1)) && resolve())()) ;
    await until(({ all }) => all.length === 2);
    const first = told.at(-1);
    await feed.older();
    const second = told.at(-1);
    await feed.older();
    const third = told.at(-1);
    const six = await firepod.run({ ...SMALL, prompt: "six" });
    await until(({ all }) => all.length === 6);
    const grown = told.at(-1);
    await firepod.generation(six).discard();
    await until(({ all }) => !all.includes("six"));
    const shrunk = told.at(-1);
    feed.stop();
    return { paged, first, second, third, grown, shrunk };
  },

  async rest() {
    const { app, firepod } = connect();
    const unsigned = await refusal(firepod.quota());
    const nobody = await refusal(firepod.upload(new Uint8Array(1), { name: "a.png" }));
    await signInAnonymously(getAuth(app));
    let spent = 0;
    firepod.onSpent(() => (spent += 1));
    const g = await firepod.run({ ...SMALL, prompt: "a picture" });
    const [quota, models] = await Promise.all([firepod.quota(), firepod.models()]);
    await firepod.erase();
    await new Promise((resolve) => firepod.generation(g).subscribe((known) => known ?? resolve()));
    const gone = await refusal(firepod.generation(g).done());
    return { unsigned, nobody, quota, models: models.map(({ id }) => id), spent, gone };
  },

  async refused() {
    const { firepod } = await signedIn();
    return {
      field: await refusal(firepod.generate({ ...SMALL, prompt: "x", promt: "y" })),
      foreign: await refusal(firepod.generation({ media_type: "images", file_uid: "nobody" }).cancel()),
      path: await refusal((async () => firepod.generation("users/me"))()),
      types: MEDIA_TYPES,
    };
  },

  async foreign() {
    const { app, firepod } = await signedIn();
    const made = await firepod.run({ ...SMALL, prompt: "mine" });
    const [held, old] = [firepod.generation(made), firepod.pages()];
    await signOut(getAuth(app));
    const nobody = await refusal(held.get());
    await signInAnonymously(getAuth(app));
    const ends = {
      nobody,
      get: await refusal(held.get()),
      done: await refusal(held.done()),
      told: await new Promise((resolve) => held.subscribe(resolve, (error) => resolve(said(error)))),
      page: await refusal(old.next()),
      cancel: await refusal(held.cancel()),
      never: (await firepod.generation({ media_type: "images", file_uid: "nobody" }).get()) ?? "nothing",
    };
    const bare = initializeApp({ projectId: "demo-firepod", apiKey: "local" }, "bare");
    connectAuthEmulator(getAuth(bare), `http://127.0.0.1:${9099 + portOffset}`, { disableWarnings: true });
    await signInAnonymously(getAuth(bare));
    const placeless = await refusal(createFirepod({ app: bare }).upload(new Uint8Array(1), { name: "a.png" }));
    return { ...ends, placeless };
  },

  async away() {
    // Signed in here, while the functions' port is another one at which nobody listens.
    const { app, firepod } = connect();
    await signInAnonymously(getAuth(app));
    const { getFunctions, connectFunctionsEmulator } = await import("firebase/functions");
    connectFunctionsEmulator(getFunctions(app), "127.0.0.1", 9);
    return { away: await refusal(firepod.generate({ ...SMALL, prompt: "x" })) };
  },
};

console.log(JSON.stringify(await SCENARIOS[scenario]()));
process.exit(0);
