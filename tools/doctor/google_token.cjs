// Prints {"token", "email"} of whom `firebase deploy` would be: firebase-tools itself finds the
// account, in its order: FIREBASE_TOKEN, `firebase login`, application default credentials.
// Its modules have no promised interface; package-lock.json says which ones these are.
"use strict";

const apiv2 = require("firebase-tools/lib/apiv2");
const auth = require("firebase-tools/lib/auth");
const { requireAuth } = require("firebase-tools/lib/requireAuth");

async function main() {
  const options = { project: process.argv[2], projectRoot: process.cwd() };
  const account = auth.selectAccount(undefined, options.projectRoot);
  if (account) auth.setActiveAccount(options, account);
  const email = await requireAuth(options);
  const token = await apiv2.getAccessToken();
  process.stdout.write(`\n${JSON.stringify({ token, email: email ?? "" })}\n`);
}

main().then(
  () => process.exit(0),
  () => process.exit(1),
);
