// What the form offers: the entries of the backend's registry, functions/firepod/kinds.

/** @import { MediaType, TaskType } from "./types" */

/**
 * @typedef {object} Field
 * @property {string} name as in the request
 * @property {string} label
 * @property {"text" | "line" | "choice" | "integer" | "number" | "file" | "voice" | "json"} kind
 * @property {boolean} [required]
 * @property {string | number} [default] what the backend fills in
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [multiple]
 * @property {readonly string[]} [choices]
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

// `make generate` writes: tasks
/** @type {Record<TaskType, Task>} */
export const TASKS = {
  text2img: {
    label: "Text to picture",
    verb: "Generate picture",
    mediaType: "images",
    fields: [
      { name: "prompt", label: "Prompt", kind: "text", required: true, maxLength: 4000, hint: "What is to be seen, in your words." },
      { name: "width", label: "Width", kind: "integer", default: 1024, min: 256, max: 2048, multiple: 8 },
      { name: "height", label: "Height", kind: "integer", default: 1024, min: 256, max: 2048, multiple: 8 },
      { name: "num_images", label: "Pictures", kind: "integer", default: 1, min: 1, max: 8 },
      { name: "negative_prompt", label: "Negative prompt", kind: "text", default: "", maxLength: 4000, hint: "What is not to be seen.", advanced: true },
      { name: "steps", label: "Steps", kind: "integer", default: 30, min: 1, max: 100, advanced: true },
      { name: "guidance_scale", label: "Guidance", kind: "number", default: 7, min: 0, max: 30, advanced: true },
      { name: "scheduler", label: "Scheduler", kind: "choice", choices: ["PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep", "DPMSolverSinglestep"], hint: "Empty: the one that the model usually has.", advanced: true },
      { name: "seed", label: "Seed", kind: "integer", min: 0, max: 9007199254740991, hint: "Empty: a new one", advanced: true },
      { name: "refiner_inference_steps", label: "Refiner steps", kind: "integer", min: 1, max: 100, hint: "Used where the model has a refiner.", advanced: true },
      { name: "high_noise_frac", label: "Share before the refiner", kind: "number", min: 0, max: 1, hint: "Used where the model has a refiner: 0.8 leaves the last fifth to it.", advanced: true },
      { name: "output_format", label: "Format", kind: "choice", default: "png", choices: ["png", "webp", "jpeg"], hint: "WebP and JPEG are smaller; JPEG has no transparency.", advanced: true },
      { name: "strength", label: "Refiner strength", kind: "number", min: 0, max: 1, hint: "Used where the model has a refiner.", advanced: true },
      { name: "extra", label: "Extra", kind: "json", hint: "A flat map, handed to the worker as it is: {\"style\": \"ink\"}", advanced: true },
      { name: "metadata", label: "Metadata", kind: "json", hint: "A flat map of your own: {\"project\": \"harbour\"}", advanced: true },
    ],
    sizes: { names: ["width", "height"], choices: [["Small", 512, 512], ["Square", 1024, 1024], ["Portrait", 832, 1216], ["Landscape", 1216, 832]] },
  },
  img2img: {
    label: "Picture to picture",
    verb: "Generate picture",
    mediaType: "images",
    fields: [
      { name: "init_image", label: "Start picture", kind: "file", required: true, accept: "image/png,image/jpeg,image/jpg,image/webp", hint: "PNG, JPEG or WebP, up to 25 MiB." },
      { name: "prompt", label: "Prompt", kind: "text", required: true, maxLength: 4000, hint: "What is to be seen, in your words." },
      { name: "width", label: "Width", kind: "integer", default: 1024, min: 256, max: 2048, multiple: 8 },
      { name: "height", label: "Height", kind: "integer", default: 1024, min: 256, max: 2048, multiple: 8 },
      { name: "num_images", label: "Pictures", kind: "integer", default: 1, min: 1, max: 8 },
      { name: "negative_prompt", label: "Negative prompt", kind: "text", default: "", maxLength: 4000, hint: "What is not to be seen.", advanced: true },
      { name: "steps", label: "Steps", kind: "integer", default: 30, min: 1, max: 100, advanced: true },
      { name: "guidance_scale", label: "Guidance", kind: "number", default: 7, min: 0, max: 30, advanced: true },
      { name: "scheduler", label: "Scheduler", kind: "choice", choices: ["PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep", "DPMSolverSinglestep"], hint: "Empty: the one that the model usually has.", advanced: true },
      { name: "seed", label: "Seed", kind: "integer", min: 0, max: 9007199254740991, hint: "Empty: a new one", advanced: true },
      { name: "refiner_inference_steps", label: "Refiner steps", kind: "integer", min: 1, max: 100, hint: "Used where the model has a refiner.", advanced: true },
      { name: "high_noise_frac", label: "Share before the refiner", kind: "number", min: 0, max: 1, hint: "Used where the model has a refiner: 0.8 leaves the last fifth to it.", advanced: true },
      { name: "output_format", label: "Format", kind: "choice", default: "png", choices: ["png", "webp", "jpeg"], hint: "WebP and JPEG are smaller; JPEG has no transparency.", advanced: true },
      { name: "strength", label: "Strength", kind: "number", default: 0.6, min: 0, max: 1, hint: "0 keeps, 1 redraws" },
      { name: "extra", label: "Extra", kind: "json", hint: "A flat map, handed to the worker as it is: {\"style\": \"ink\"}", advanced: true },
      { name: "metadata", label: "Metadata", kind: "json", hint: "A flat map of your own: {\"project\": \"harbour\"}", advanced: true },
    ],
    sizes: { names: ["width", "height"], choices: [["Small", 512, 512], ["Square", 1024, 1024], ["Portrait", 832, 1216], ["Landscape", 1216, 832]] },
  },
  inpaint: {
    label: "Repaint a part",
    verb: "Repaint",
    mediaType: "images",
    fields: [
      { name: "init_image", label: "Start picture", kind: "file", required: true, accept: "image/png,image/jpeg,image/jpg,image/webp", hint: "PNG, JPEG or WebP, up to 25 MiB." },
      { name: "mask_image", label: "Mask", kind: "file", required: true, accept: "image/png,image/jpeg,image/jpg,image/webp", hint: "A picture of the same shape: white is painted anew, black stays as it is." },
      { name: "prompt", label: "Prompt", kind: "text", required: true, maxLength: 4000, hint: "What is to be seen, in your words." },
      { name: "width", label: "Width", kind: "integer", default: 1024, min: 256, max: 2048, multiple: 8 },
      { name: "height", label: "Height", kind: "integer", default: 1024, min: 256, max: 2048, multiple: 8 },
      { name: "num_images", label: "Pictures", kind: "integer", default: 1, min: 1, max: 8 },
      { name: "negative_prompt", label: "Negative prompt", kind: "text", default: "", maxLength: 4000, hint: "What is not to be seen.", advanced: true },
      { name: "steps", label: "Steps", kind: "integer", default: 30, min: 1, max: 100, advanced: true },
      { name: "guidance_scale", label: "Guidance", kind: "number", default: 7, min: 0, max: 30, advanced: true },
      { name: "scheduler", label: "Scheduler", kind: "choice", choices: ["PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep", "DPMSolverSinglestep"], hint: "Empty: the one that the model usually has.", advanced: true },
      { name: "seed", label: "Seed", kind: "integer", min: 0, max: 9007199254740991, hint: "Empty: a new one", advanced: true },
      { name: "refiner_inference_steps", label: "Refiner steps", kind: "integer", min: 1, max: 100, hint: "Used where the model has a refiner.", advanced: true },
      { name: "high_noise_frac", label: "Share before the refiner", kind: "number", min: 0, max: 1, hint: "Used where the model has a refiner: 0.8 leaves the last fifth to it.", advanced: true },
      { name: "output_format", label: "Format", kind: "choice", default: "png", choices: ["png", "webp", "jpeg"], hint: "WebP and JPEG are smaller; JPEG has no transparency.", advanced: true },
      { name: "strength", label: "Strength", kind: "number", default: 0.6, min: 0, max: 1, hint: "0 keeps, 1 redraws" },
      { name: "extra", label: "Extra", kind: "json", hint: "A flat map, handed to the worker as it is: {\"style\": \"ink\"}", advanced: true },
      { name: "metadata", label: "Metadata", kind: "json", hint: "A flat map of your own: {\"project\": \"harbour\"}", advanced: true },
    ],
    sizes: { names: ["width", "height"], choices: [["Small", 512, 512], ["Square", 1024, 1024], ["Portrait", 832, 1216], ["Landscape", 1216, 832]] },
  },
  text2video: {
    label: "Text to video",
    verb: "Generate video",
    mediaType: "videos",
    fields: [
      { name: "prompt", label: "Prompt", kind: "text", required: true, maxLength: 4000, hint: "What is to be seen, in your words." },
      { name: "video_width", label: "Width", kind: "integer", default: 832, min: 256, max: 2048, multiple: 8 },
      { name: "video_height", label: "Height", kind: "integer", default: 480, min: 256, max: 2048, multiple: 8 },
      { name: "num_frames", label: "Frames", kind: "integer", default: 49, min: 1, max: 257 },
      { name: "fps", label: "FPS", kind: "integer", default: 15, min: 1, max: 60 },
      { name: "negative_prompt", label: "Negative prompt", kind: "text", default: "", maxLength: 4000, hint: "What is not to be seen.", advanced: true },
      { name: "steps", label: "Steps", kind: "integer", default: 30, min: 1, max: 100, advanced: true },
      { name: "guidance_scale", label: "Guidance", kind: "number", default: 7, min: 0, max: 30, advanced: true },
      { name: "scheduler", label: "Scheduler", kind: "choice", choices: ["PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep", "DPMSolverSinglestep"], hint: "Empty: the one that the model usually has.", advanced: true },
      { name: "seed", label: "Seed", kind: "integer", min: 0, max: 9007199254740991, hint: "Empty: a new one", advanced: true },
      { name: "extra", label: "Extra", kind: "json", hint: "A flat map, handed to the worker as it is: {\"style\": \"ink\"}", advanced: true },
      { name: "metadata", label: "Metadata", kind: "json", hint: "A flat map of your own: {\"project\": \"harbour\"}", advanced: true },
    ],
    sizes: { names: ["video_width", "video_height"], choices: [["Small", 512, 288], ["Wide", 832, 480], ["Tall", 480, 832], ["Square", 640, 640]] },
  },
  img2video: {
    label: "Picture to video",
    verb: "Generate video",
    mediaType: "videos",
    fields: [
      { name: "init_image", label: "Start picture", kind: "file", required: true, accept: "image/png,image/jpeg,image/jpg,image/webp", hint: "PNG, JPEG or WebP, up to 25 MiB." },
      { name: "prompt", label: "Prompt", kind: "text", required: true, maxLength: 4000, hint: "What is to be seen, in your words." },
      { name: "video_width", label: "Width", kind: "integer", default: 832, min: 256, max: 2048, multiple: 8 },
      { name: "video_height", label: "Height", kind: "integer", default: 480, min: 256, max: 2048, multiple: 8 },
      { name: "num_frames", label: "Frames", kind: "integer", default: 49, min: 1, max: 257 },
      { name: "fps", label: "FPS", kind: "integer", default: 15, min: 1, max: 60 },
      { name: "negative_prompt", label: "Negative prompt", kind: "text", default: "", maxLength: 4000, hint: "What is not to be seen.", advanced: true },
      { name: "steps", label: "Steps", kind: "integer", default: 30, min: 1, max: 100, advanced: true },
      { name: "guidance_scale", label: "Guidance", kind: "number", default: 7, min: 0, max: 30, advanced: true },
      { name: "scheduler", label: "Scheduler", kind: "choice", choices: ["PNDM", "KLMS", "DDIM", "K_EULER", "K_EULER_ANCESTRAL", "DPMSolverMultistep", "DPMSolverSinglestep"], hint: "Empty: the one that the model usually has.", advanced: true },
      { name: "seed", label: "Seed", kind: "integer", min: 0, max: 9007199254740991, hint: "Empty: a new one", advanced: true },
      { name: "extra", label: "Extra", kind: "json", hint: "A flat map, handed to the worker as it is: {\"style\": \"ink\"}", advanced: true },
      { name: "metadata", label: "Metadata", kind: "json", hint: "A flat map of your own: {\"project\": \"harbour\"}", advanced: true },
    ],
    sizes: { names: ["video_width", "video_height"], choices: [["Small", 512, 288], ["Wide", 832, 480], ["Tall", 480, 832], ["Square", 640, 640]] },
  },
  voice_clone: {
    label: "Clone a voice",
    verb: "Clone voice",
    mediaType: "voices",
    fields: [
      { name: "name", label: "Name", kind: "line", required: true, maxLength: 80 },
      { name: "audio", label: "Recording", kind: "file", required: true, accept: "audio/wav,audio/wave,audio/x-wav,audio/vnd.wave,audio/mpeg,audio/mp3,audio/ogg,application/ogg,audio/flac,audio/x-flac,audio/mp4,audio/m4a,audio/x-m4a,.m4a,.flac", hint: "WAV, MP3, OGG, FLAC or M4A, up to 25 MiB; some seconds of one person speaking." },
      { name: "reference_text", label: "What is said in it", kind: "text", default: "", maxLength: 5000, hint: "Makes the voice more alike.", advanced: true },
      { name: "language", label: "Language", kind: "line", default: "en", maxLength: 35, hint: "A tag such as en, de or pt-BR.", advanced: true },
      { name: "output_format", label: "Format", kind: "choice", default: "wav", choices: ["wav", "mp3", "ogg"], hint: "Of the sample. MP3 and Ogg (Opus) are smaller.", advanced: true },
      { name: "extra", label: "Extra", kind: "json", hint: "A flat map, handed to the worker as it is: {\"style\": \"ink\"}", advanced: true },
      { name: "metadata", label: "Metadata", kind: "json", hint: "A flat map of your own: {\"project\": \"harbour\"}", advanced: true },
    ],
  },
  tts: {
    label: "Text to speech",
    verb: "Speak",
    mediaType: "tts",
    fields: [
      { name: "voice_id", label: "Voice", kind: "voice", required: true, hint: "One that you have cloned." },
      { name: "text", label: "Text", kind: "text", required: true, maxLength: 50000, hint: "Up to 50,000 characters; of a long one MP3 or Ogg is far smaller." },
      { name: "speed", label: "Speed", kind: "number", default: 1, min: 0.5, max: 2 },
      { name: "language", label: "Language", kind: "line", default: "en", maxLength: 35, hint: "A tag such as en, de or pt-BR.", advanced: true },
      { name: "output_format", label: "Format", kind: "choice", default: "wav", choices: ["wav", "mp3", "ogg"], hint: "MP3 and Ogg (Opus) are smaller.", advanced: true },
      { name: "extra", label: "Extra", kind: "json", hint: "A flat map, handed to the worker as it is: {\"style\": \"ink\"}", advanced: true },
      { name: "metadata", label: "Metadata", kind: "json", hint: "A flat map of your own: {\"project\": \"harbour\"}", advanced: true },
    ],
  },
};
// end of tasks
