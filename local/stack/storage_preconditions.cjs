// Loaded into firebase-tools before it starts. Its Storage emulator ignores `ifGenerationMatch`; here
// uploads and deletes heed it as Cloud Storage does: 0 means that nothing may be there, another
// number that just this version is. Requests for one object take turns, so that one of two wins.
const { AsyncLocalStorage } = require("node:async_hooks");
const http = require("node:http");
const Module = require("node:module");
const path = require("node:path");

const STORAGE = path.join("emulator", "storage", "index.js");
const PARAMETER = "ifGenerationMatch";
const requests = new AsyncLocalStorage();
const conditions = new WeakMap(); // of uploads: a resumable one ends in another request
const turns = new Map();

const { emit } = http.Server.prototype;
http.Server.prototype.emit = function (event, request, response) {
  if (event !== "request" || !request.url.includes("/b/")) {
    return emit.apply(this, arguments);
  }
  const { searchParams } = new URL(request.url, "http://localhost");
  const given = { response, condition: searchParams.get(PARAMETER) };
  return requests.run(given, () => emit.apply(this, arguments));
};

function remember(name, uploads) {
  const start = uploads[name];
  uploads[name] = function (...given) {
    const upload = start.apply(this, given);
    conditions.set(upload, requests.getStore()?.condition);
    return upload;
  };
}

async function inTurn(key, work) {
  const before = turns.get(key) ?? Promise.resolve();
  const mine = before.then(work);
  const settled = mine.catch(() => {});
  turns.set(key, settled);
  try {
    return await mine;
  } finally {
    if (turns.get(key) === settled) {
      turns.delete(key);
    }
  }
}

function refuse(response) {
  const message = "At least one of the pre-conditions you specified did not hold.";
  const reason = { reason: "conditionNotMet", location: PARAMETER, message };
  response.status(412).json({ error: { code: 412, message, errors: [reason] } });
}

function heed(name, layer, objectOf, conditionOf) {
  const act = layer[name];
  layer[name] = function (given) {
    const [bucket, object] = objectOf(given);
    const condition = conditionOf(given) ?? null;
    const { response } = requests.getStore() ?? {};
    let refused = false;
    const done = inTurn(`${bucket}/${object}`, async () => {
      const there = Number(this.getMetadata(bucket, object)?.generation ?? 0);
      const missed = condition !== null && Number(condition) !== there;
      refused = missed && response && !(name === "deleteObject" && there === 0); // that is a 404
      return refused ? refuse(response) : act.call(this, given);
    });
    // What is answered needs no second answer: who waits for this one waits in vain.
    return done.then((result) => (refused ? new Promise(() => {}) : result));
  };
}

const load = Module._load;
Module._load = function (request, parent) {
  const loaded = load.apply(this, arguments);
  if (parent?.filename?.endsWith(STORAGE)) {
    if (request === "./upload") {
      for (const name of ["mediaUpload", "multipartUpload", "startResumableUpload"]) {
        remember(name, loaded.UploadService.prototype);
      }
    }
    if (request === "./files") {
      const layer = loaded.StorageLayer.prototype;
      heed("uploadObject", layer, (it) => [it.bucketId, it.objectId], (it) => conditions.get(it));
      heed(
        "deleteObject",
        layer,
        (it) => [it.bucketId, it.decodedObjectId],
        () => requests.getStore()?.condition,
      );
    }
  }
  return loaded;
};
