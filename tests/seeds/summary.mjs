// "Final architecture summary": an app that lists and follows a user's videos and pictures.

import { collection, getDocs, onSnapshot } from "firebase/firestore";

import { heard, signedIn, tell } from "./app.mjs";

const { db, user, generate } = await signedIn();
const userId = user.uid;
const [showVideo, shown] = heard();

// {{printed summary_queries.js}}

// {{printed summary_listener.js}}

await getDocs(videosRef); // the listener has heard what there was
const small = { steps: 1, prompt: "waves" };
await generate({ task_type: "text2video", video_width: 256, video_height: 256, num_frames: 8, ...small });
await generate({ task_type: "text2img", width: 256, height: 256, ...small });
const [url] = await shown;
const counts = [videosRef, imagesRef].map(async (each) => (await getDocs(each)).size);
tell({ url, counts: await Promise.all(counts) });
