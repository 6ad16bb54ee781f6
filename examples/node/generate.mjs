#!/usr/bin/env node
import process from "node:process";

import { doc, onSnapshot } from "firebase/firestore";
import { httpsCallable } from "firebase/functions";

import { connect, signIn } from "./backend.mjs";
import { download } from "./download.mjs";
import { listen } from "./listen.mjs";
import { USAGE, UsageError, parseOptions, requestOf } from "./options.mjs";
import { progressBar } from "./progress.mjs";

const FAILED = 1;
const WRONG_USAGE = 2;
const NOT_ACCEPTED = 3;
const CANCELLED = 130;
const TERMINAL = new Set(["completed", "failed", "cancelled"]);

async function main(args) {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { auth, db, functions } = connect(options.offset);
  let accepted;
  try {
    const user = await signIn(auth, options);
    listen(db, user);
    accepted = (await httpsCallable(functions, "generate")(requestOf(options))).data;
  } catch (error) {
    console.error(refusal(error, options.offset));
    return NOT_ACCEPTED;
  }
  cancelOnInterrupt(functions, accepted);
  console.log(`${accepted.path} is ${accepted.status}`);
  return finish(await lastState(db, accepted.path), options.out);
}

/** Show the progress of the document at `path` until it is terminal, and return it then. */
function lastState(db, path) {
  const bar = progressBar(process.stdout);
  return new Promise((resolve, reject) => {
    const stop = onSnapshot(
      doc(db, path),
      (snapshot) => {
        const generation = snapshot.data();
        bar.show(generation);
        if (TERMINAL.has(generation.status)) {
          stop();
          bar.end();
          resolve(generation);
        }
      },
      reject,
    );
  });
}

async function finish(generation, folder) {
  if (generation.status === "completed") {
    for (const file of await download(generation, folder)) {
      console.log(`Saved ${file}`);
    }
    return 0;
  }
  if (generation.status === "cancelled") {
    console.error("Cancelled.");
    return CANCELLED;
  }
  console.error(`Failed: ${generation.error} (${generation.error_code})`);
  return FAILED;
}

/** The first Ctrl-C asks the backend to cancel, and the document then says so; a second one ends. */
function cancelOnInterrupt(functions, { media_type, file_uid }) {
  process.once("SIGINT", () => {
    process.once("SIGINT", () => process.exit(CANCELLED));
    httpsCallable(functions, "cancel")({ media_type, file_uid }).catch((error) => {
      console.error(`Not cancelled: ${error.message}`);
    });
  });
}

function refusal(error, offset) {
  if (error.code === "auth/network-request-failed") {
    return `No stack answers on port ${9099 + offset}. Start one: make start`;
  }
  const fields = (error.details?.fields ?? []).map(({ field, problem }) => `\n  ${field}: ${problem}`);
  return `Not accepted (${error.code}): ${error.message}${fields.join("")}`;
}

main(process.argv.slice(2)).then(
  // The listeners would keep the process alive.
  (code) => process.exit(code),
  (error) => {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      process.exit(WRONG_USAGE);
    }
    console.error(error.message);
    process.exit(FAILED);
  },
);
