// "Cloud Storage Integration for SDXL Worker": an app calls RunPod and listens to the document.

import { fetchWith, heard, signedIn, stack, tell } from "./app.mjs";

const { db, user } = await signedIn();
const fetch = fetchWith(stack.runpod_api_key);
const generateUUID = () => crypto.randomUUID();
const [displayFiles, displayed] = heard();
const [showLoadingIndicator, loading] = heard();

// {{printed worker_listener.js}}

// {{printed worker_request.js}}

const { fileUid, unsubscribe } = await generateContent("A futuristic city skyline at sunset", user.uid);
await loading;
const [files] = await displayed;
unsubscribe();
tell({ fileUid, userId: user.uid, files });
