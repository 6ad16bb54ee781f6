import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const DOWNLOADS = fileURLToPath(new URL("downloads", import.meta.url));

export const USAGE = `Usage: node generate.mjs [options]

Signs in, starts one generation on the local stack (make start), shows its progress and saves
its files.

  --prompt TEXT       what to make
  --video             a video of two seconds instead of a picture
  --num-images N      1 to 8 pictures (default 1)
  --seed N            the same prompt and seed make the same picture again
  --email, --password sign in as this user, who is created if need be (default: anonymously)
  --out FOLDER        where to save (default examples/node/downloads)
  --offset N          the stack's PORT_OFFSET (default 0)
  --help              this text

Ctrl-C cancels the generation.
Exit codes: 0 saved, 1 the generation failed, 2 wrong options, 3 not accepted or no stack there,
130 cancelled.
`;

export class UsageError extends Error {}

/** The options of a command line; a wrong one is a UsageError. */
export function parseOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        prompt: { type: "string", default: "a lighthouse at dusk, calm sea" },
        video: { type: "boolean", default: false },
        "num-images": { type: "string", default: "1" },
        seed: { type: "string" },
        email: { type: "string" },
        password: { type: "string" },
        out: { type: "string", default: DOWNLOADS },
        offset: { type: "string", default: "0" },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  if ((values.email === undefined) !== (values.password === undefined)) {
    throw new UsageError("--email and --password go together");
  }
  return {
    help: values.help,
    prompt: values.prompt,
    video: values.video,
    numImages: wholeNumber("--num-images", values["num-images"]),
    seed: values.seed === undefined ? undefined : wholeNumber("--seed", values.seed),
    email: values.email,
    password: values.password,
    out: values.out,
    offset: wholeNumber("--offset", values.offset),
  };
}

/** The request of the callable `generate` for these options. */
export function requestOf({ prompt, video, numImages, seed }) {
  const media = video
    ? { task_type: "text2video", video_width: 512, video_height: 288, num_frames: 30, fps: 15 }
    : { task_type: "text2img", width: 512, height: 512, num_images: numImages };
  return { ...media, prompt, ...(seed === undefined ? {} : { seed }) };
}

function wholeNumber(name, text) {
  if (!/^\d+$/.test(text)) {
    throw new UsageError(`${name} takes a whole number`);
  }
  return Number(text);
}
