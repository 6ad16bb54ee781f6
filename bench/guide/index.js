// The function of the integration guide, step by step as it stands there: an id, the Firestore
// document, one POST to RunPod. `guiderun` queues the job, `guiderunsync` waits for it.

const crypto = require("node:crypto");
const admin = require("firebase-admin");
const { FieldValue } = require("firebase-admin/firestore"); // the emulator's admin has it not
const { HttpsError, onCall } = require("firebase-functions/v2/https");

admin.initializeApp();

async function generate(request, url, key) {
  if (!request.auth) {
    throw new HttpsError("unauthenticated", "Sign in first.");
  }
  const user_id = request.auth.uid;
  const file_uid = crypto.randomUUID();
  await admin
    .firestore()
    .collection("generations")
    .doc(user_id)
    .collection("images")
    .doc(file_uid)
    .set({
      status: "queued",
      created_at: FieldValue.serverTimestamp(),
      request_data: request.data,
      file_uid,
      user_id,
    });
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${key}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({
      input: { ...request.data, user_id, file_uid, use_cloud_storage: true },
    }),
  });
  if (!answer.ok) {
    throw new HttpsError("unavailable", `RunPod answered ${answer.status}.`);
  }
  return { file_uid, ...(await answer.json()) };
}

exports.guiderun = onCall((request) =>
  generate(request, process.env.GUIDE_RUN_URL, process.env.GUIDE_RUN_KEY),
);
exports.guiderunsync = onCall((request) =>
  generate(request, process.env.GUIDE_RUNSYNC_URL, process.env.GUIDE_RUNSYNC_KEY),
);
