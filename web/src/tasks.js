// What the form offers. Names, defaults and bounds are those of functions/firepod/kinds/catalog.py, which
// decides; tests/console/test_tasks.py compares the two.

/** @import { MediaType, TaskType } from "./types" */

/**
 * @typedef {object} Field
 * @property {string} name as in the request
 * @property {string} label
 * @property {"text" | "line" | "integer" | "number" | "file" | "voice" | "json"} kind
 * @property {boolean} [required]
 * @property {string | number} [default] what the backend fills in
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [multiple]
 * @property {number} [maxLength]
 * @property {string} [accept] for files
 * @property {string} [hint]
 * @property {boolean} [advanced] shown on demand
 */

/**
 * @typedef {object} Task
 * @property {string} label
 * @property {string} verb on the button
 * @property {MediaType} mediaType
 * @property {readonly Field[]} fields
 * @property {{names: [string, string], choices: [string, number, number][]}} [sizes]
 */

const PICTURES = "image/png,image/jpeg,image/webp";
const RECORDINGS =
  "audio/wav,audio/x-wav,audio/mpeg,audio/ogg,audio/flac,audio/mp4,audio/x-m4a,.m4a,.flac";

/** @type {Field} */
const PROMPT = {
  name: "prompt",
  label: "Prompt",
  kind: "text",
  required: true,
  maxLength: 4000,
  hint: "What is to be seen, in your words.",
};

/** @type {Field} */
const EXTRA = {
  name: "extra",
  label: "Extra",
  kind: "json",
  hint: 'A flat map, handed to the worker as it is: {"style": "ink"}',
  advanced: true,
};

/** @type {readonly Field[]} */
const DIFFUSION = [
  {
    name: "negative_prompt",
    label: "Negative prompt",
    kind: "text",
    default: "",
    maxLength: 4000,
    hint: "What is not to be seen.",
    advanced: true,
  },
  { name: "steps", label: "Steps", kind: "integer", default: 30, min: 1, max: 100, advanced: true },
  {
    name: "guidance_scale",
    label: "Guidance",
    kind: "number",
    default: 7,
    min: 0,
    max: 30,
    advanced: true,
  },
  {
    name: "seed",
    label: "Seed",
    kind: "integer",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    hint: "Empty: a new one",
    advanced: true,
  },
  EXTRA,
];

/** @type {(name: string, label: string, usual: number) => Field} */
const pixels = (name, label, usual) => ({
  name,
  label,
  kind: "integer",
  default: usual,
  min: 256,
  max: 2048,
  multiple: 8,
});

/** @type {readonly Field[]} */
const IMAGE = [
  pixels("width", "Width", 1024),
  pixels("height", "Height", 1024),
  { name: "num_images", label: "Pictures", kind: "integer", default: 1, min: 1, max: 8 },
  ...DIFFUSION,
];

/** @type {readonly Field[]} */
const VIDEO = [
  pixels("video_width", "Width", 832),
  pixels("video_height", "Height", 480),
  { name: "num_frames", label: "Frames", kind: "integer", default: 49, min: 1, max: 257 },
  { name: "fps", label: "FPS", kind: "integer", default: 15, min: 1, max: 60 },
  ...DIFFUSION,
];

/** @type {Field} */
const START_IMAGE = {
  name: "init_image",
  label: "Start picture",
  kind: "file",
  required: true,
  accept: PICTURES,
  hint: "PNG, JPEG or WebP, up to 25 MiB.",
};

/** @type {Field} */
const LANGUAGE = {
  name: "language",
  label: "Language",
  kind: "line",
  default: "en",
  maxLength: 35,
  hint: "A tag such as en, de or pt-BR.",
  advanced: true,
};

/** @type {Task["sizes"]} */
const IMAGE_SIZES = {
  names: ["width", "height"],
  choices: [
    ["Small", 512, 512],
    ["Square", 1024, 1024],
    ["Portrait", 832, 1216],
    ["Landscape", 1216, 832],
  ],
};

/** @type {Task["sizes"]} */
const VIDEO_SIZES = {
  names: ["video_width", "video_height"],
  choices: [
    ["Small", 512, 288],
    ["Wide", 832, 480],
    ["Tall", 480, 832],
    ["Square", 640, 640],
  ],
};

/** @type {Record<TaskType, Task>} */
export const TASKS = {
  text2img: {
    label: "Text to picture",
    verb: "Generate picture",
    mediaType: "images",
    fields: [PROMPT, ...IMAGE],
    sizes: IMAGE_SIZES,
  },
  img2img: {
    label: "Picture to picture",
    verb: "Generate picture",
    mediaType: "images",
    fields: [
      START_IMAGE,
      PROMPT,
      ...IMAGE,
      {
        name: "strength",
        label: "Strength",
        kind: "number",
        default: 0.6,
        min: 0,
        max: 1,
        hint: "0 keeps, 1 redraws",
      },
    ],
    sizes: IMAGE_SIZES,
  },
  text2video: {
    label: "Text to video",
    verb: "Generate video",
    mediaType: "videos",
    fields: [PROMPT, ...VIDEO],
    sizes: VIDEO_SIZES,
  },
  img2video: {
    label: "Picture to video",
    verb: "Generate video",
    mediaType: "videos",
    fields: [START_IMAGE, PROMPT, ...VIDEO],
    sizes: VIDEO_SIZES,
  },
  voice_clone: {
    label: "Clone a voice",
    verb: "Clone voice",
    mediaType: "voices",
    fields: [
      { name: "name", label: "Name", kind: "line", required: true, maxLength: 80 },
      {
        name: "audio",
        label: "Recording",
        kind: "file",
        required: true,
        accept: RECORDINGS,
        hint: "WAV, MP3, OGG, FLAC or M4A, up to 25 MiB; some seconds of one person speaking.",
      },
      {
        name: "reference_text",
        label: "What is said in it",
        kind: "text",
        default: "",
        maxLength: 5000,
        hint: "Makes the voice more alike.",
        advanced: true,
      },
      LANGUAGE,
      EXTRA,
    ],
  },
  tts: {
    label: "Text to speech",
    verb: "Speak",
    mediaType: "tts",
    fields: [
      {
        name: "voice_id",
        label: "Voice",
        kind: "voice",
        required: true,
        hint: "One that you have cloned.",
      },
      { name: "text", label: "Text", kind: "text", required: true, maxLength: 5000 },
      { name: "speed", label: "Speed", kind: "number", default: 1, min: 0.5, max: 2 },
      LANGUAGE,
      EXTRA,
    ],
  },
};
