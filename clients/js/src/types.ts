/** What both Firebase's and this package's users see: requests, documents, answers. */

/** A Timestamp of Firestore, as its SDK gives it. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
  toDate(): Date;
  toMillis(): number;
}

export type MediaType = "images" | "videos" | "voices" | "tts";
export type Status = "queued" | "processing" | "completed" | "failed" | "cancelled";
export type ErrorCode =
  | "worker_error"
  | "timed_out"
  | "rejected"
  | "expired"
  | "out_of_memory"
  | "model_unavailable"
  | "output_missing"
  | "output_invalid"
  | "storage_failed"
  | "stopped";

export interface Task {
  /** A flat map of at most 8 KiB of JSON, handed to the worker as it is. */
  extra?: Record<string, string | number | boolean | null>;
  /** A flat map of your own, at most 2 KiB of JSON; it stands in the document. */
  metadata?: Record<string, string | number | boolean | null>;
  /** At most 128 characters; the same key and request again start nothing new. */
  idempotency_key?: string;
  /** An id of `GET /api/models`; without it the default of the deployment. */
  model?: string;
}

/** A Storage path of the caller's, such as `upload` gives. */
export type StoragePath = string;

// `make generate` writes: requests
/** A picture from words. */
export interface TextToImage extends Task {
  task_type: "text2img";
  /** What is to be seen, in your words. */
  prompt: string;
  width?: number;
  height?: number;
  /** Also spelled `num_images_per_prompt`. */
  num_images?: number;
  /** What is not to be seen. */
  negative_prompt?: string;
  /** Also spelled `num_inference_steps`. */
  steps?: number;
  /** Also spelled `guidance`. */
  guidance_scale?: number;
  /** Empty: the one that the model usually has. */
  scheduler?: "PNDM" | "KLMS" | "DDIM" | "K_EULER" | "K_EULER_ANCESTRAL" | "DPMSolverMultistep" | "DPMSolverSinglestep";
  /** Drawn by the server, and recorded, when it is missing. */
  seed?: number;
  /** Used where the model has a refiner. */
  refiner_inference_steps?: number;
  /** Used where the model has a refiner: 0.8 leaves the last fifth to it. */
  high_noise_frac?: number;
  /** WebP and JPEG are smaller; JPEG has no transparency. */
  output_format?: "png" | "webp" | "jpeg";
  /** Used where the model has a refiner. */
  strength?: number;
}

/** A picture from a picture of the caller's and words. */
export interface ImageToImage extends Task {
  task_type: "img2img";
  /** PNG, JPEG or WebP, up to 25 MiB. Also spelled `image`, `image_url`. */
  init_image: StoragePath;
  /** What is to be seen, in your words. */
  prompt: string;
  width?: number;
  height?: number;
  /** Also spelled `num_images_per_prompt`. */
  num_images?: number;
  /** What is not to be seen. */
  negative_prompt?: string;
  /** Also spelled `num_inference_steps`. */
  steps?: number;
  /** Also spelled `guidance`. */
  guidance_scale?: number;
  /** Empty: the one that the model usually has. */
  scheduler?: "PNDM" | "KLMS" | "DDIM" | "K_EULER" | "K_EULER_ANCESTRAL" | "DPMSolverMultistep" | "DPMSolverSinglestep";
  /** Drawn by the server, and recorded, when it is missing. */
  seed?: number;
  /** Used where the model has a refiner. */
  refiner_inference_steps?: number;
  /** Used where the model has a refiner: 0.8 leaves the last fifth to it. */
  high_noise_frac?: number;
  /** WebP and JPEG are smaller; JPEG has no transparency. */
  output_format?: "png" | "webp" | "jpeg";
  /** 0 keeps, 1 redraws. */
  strength?: number;
}

/** A picture of the caller's with a part of it painted anew. */
export interface Inpaint extends Task {
  task_type: "inpaint";
  /** PNG, JPEG or WebP, up to 25 MiB. Also spelled `image`, `image_url`. */
  init_image: StoragePath;
  /** A picture of the same shape: white is painted anew, black stays as it is. Also spelled `mask`, `mask_url`. */
  mask_image: StoragePath;
  /** What is to be seen, in your words. */
  prompt: string;
  width?: number;
  height?: number;
  /** Also spelled `num_images_per_prompt`. */
  num_images?: number;
  /** What is not to be seen. */
  negative_prompt?: string;
  /** Also spelled `num_inference_steps`. */
  steps?: number;
  /** Also spelled `guidance`. */
  guidance_scale?: number;
  /** Empty: the one that the model usually has. */
  scheduler?: "PNDM" | "KLMS" | "DDIM" | "K_EULER" | "K_EULER_ANCESTRAL" | "DPMSolverMultistep" | "DPMSolverSinglestep";
  /** Drawn by the server, and recorded, when it is missing. */
  seed?: number;
  /** Used where the model has a refiner. */
  refiner_inference_steps?: number;
  /** Used where the model has a refiner: 0.8 leaves the last fifth to it. */
  high_noise_frac?: number;
  /** WebP and JPEG are smaller; JPEG has no transparency. */
  output_format?: "png" | "webp" | "jpeg";
  /** 0 keeps, 1 redraws. */
  strength?: number;
}

/** A video from words. */
export interface TextToVideo extends Task {
  task_type: "text2video";
  /** What is to be seen, in your words. */
  prompt: string;
  /** Also spelled `width`. */
  video_width?: number;
  /** Also spelled `height`. */
  video_height?: number;
  num_frames?: number;
  fps?: number;
  /** What is not to be seen. */
  negative_prompt?: string;
  /** Also spelled `num_inference_steps`. */
  steps?: number;
  /** Also spelled `guidance`, `video_guidance_scale`. */
  guidance_scale?: number;
  /** Empty: the one that the model usually has. */
  scheduler?: "PNDM" | "KLMS" | "DDIM" | "K_EULER" | "K_EULER_ANCESTRAL" | "DPMSolverMultistep" | "DPMSolverSinglestep";
  /** Drawn by the server, and recorded, when it is missing. */
  seed?: number;
}

/** A video that begins with a picture of the caller's. */
export interface ImageToVideo extends Task {
  task_type: "img2video";
  /** PNG, JPEG or WebP, up to 25 MiB. Also spelled `image`, `image_url`. */
  init_image: StoragePath;
  /** What is to be seen, in your words. */
  prompt: string;
  /** Also spelled `width`. */
  video_width?: number;
  /** Also spelled `height`. */
  video_height?: number;
  num_frames?: number;
  fps?: number;
  /** What is not to be seen. */
  negative_prompt?: string;
  /** Also spelled `num_inference_steps`. */
  steps?: number;
  /** Also spelled `guidance`, `video_guidance_scale`. */
  guidance_scale?: number;
  /** Empty: the one that the model usually has. */
  scheduler?: "PNDM" | "KLMS" | "DDIM" | "K_EULER" | "K_EULER_ANCESTRAL" | "DPMSolverMultistep" | "DPMSolverSinglestep";
  /** Drawn by the server, and recorded, when it is missing. */
  seed?: number;
}

/** A voice from a recording of the caller's. */
export interface VoiceClone extends Task {
  task_type: "voice_clone";
  /** Also spelled `voice_name`. */
  name: string;
  /** WAV, MP3, OGG, FLAC or M4A, up to 25 MiB; some seconds of one person speaking. */
  audio: StoragePath;
  /** Makes the voice more alike. */
  reference_text?: string;
  /** A tag such as en, de or pt-BR. */
  language?: string;
  /** Of the sample. MP3 and Ogg (Opus) are smaller. */
  output_format?: "wav" | "mp3" | "ogg";
}

/** Words spoken by a voice of the caller's. */
export interface TextToSpeech extends Task {
  task_type: "tts";
  /** One that you have cloned. */
  voice_id: string;
  /** Up to 50,000 characters; of a long one MP3 or Ogg is far smaller. */
  text: string;
  speed?: number;
  /** A tag such as en, de or pt-BR. */
  language?: string;
  /** MP3 and Ogg (Opus) are smaller. */
  output_format?: "wav" | "mp3" | "ogg";
}

export type GenerationRequest =
  | TextToImage
  | ImageToImage
  | Inpaint
  | TextToVideo
  | ImageToVideo
  | VoiceClone
  | TextToSpeech;
// end of requests

export type TaskType = GenerationRequest["task_type"];

/** Names one generation of the signed-in user. */
export interface GenerationRef {
  media_type: MediaType;
  file_uid: string;
}

/** What the callables answer. */
export interface Started extends GenerationRef {
  user_id: string;
  status: Status;
  /** The Firestore document to listen to. */
  path: string;
  /** An earlier call with the same idempotency key had started it. */
  duplicate: boolean;
}

/** What is known of a file: what has no size or length has none here. */
export interface OutputFile {
  url: string;
  path: string;
  content_type: string;
  size_bytes: number;
  width?: number;
  height?: number;
  duration_seconds?: number;
  /** A small WebP of a picture, or of a frame of a video. */
  thumb_url?: string;
  /** Base64, see https://evanw.github.io/thumbhash/ */
  thumbhash?: string;
}

/** The URLs by media type: images; videos; voices; tts. */
export interface GenerationData {
  /** One entry a file, for all media. */
  outputs?: OutputFile[];
  image_urls?: string[];
  /** The same as `image_urls`. */
  images?: string[];
  image_url?: string;
  video_url?: string;
  sample_url?: string;
  profile_url?: string;
  tts_url?: string;
  voice_id?: string;
  seed?: number;
  fps?: number;
  num_frames?: number;
  files?: { path: string; content_type: string; size_bytes: number }[];
}

/** What has happened to a generation, and when; `error_code` is that of `failed`. */
export interface Happened {
  event:
    | "queued"
    | "retried"
    | "submitted"
    | "waiting"
    | "unknown"
    | "claimed"
    | "completed"
    | "failed"
    | "cancelled";
  at: Timestamp;
  attempt: number;
  error_code?: ErrorCode;
  /** The function that has written it; "worker": one with credentials. */
  by?: string;
}

/** The document `generations/{user_id}/{media_type}/{file_uid}`. */
export interface Generation extends GenerationRef {
  status: Status;
  created_at: Timestamp;
  modified: Timestamp;
  user_id: string;
  task_type: TaskType;
  /** As it was asked for. */
  model?: string;
  /** The caller's own, as it was sent. */
  metadata?: Record<string, string | number | boolean | null>;
  request_data: Record<string, unknown>;
  attempt: number;
  progress?: number;
  /** How it looks so far, as a `data:` URL; while it is made, if the worker shows it. */
  preview?: string;
  started_at?: Timestamp;
  completed_at?: Timestamp;
  generated?: true;
  generation_data?: GenerationData;
  error?: string;
  error_code?: ErrorCode;
  metrics?: { delay_ms?: number; execution_ms?: number; cost_usd?: number };
  size_bytes?: number;
  expires_at?: Timestamp;
  /** Oldest first, 40 at most; of all attempts. */
  timeline?: Happened[];
}

/** What a user may use, and has used. */
export interface Quota {
  /** Generations that run at a time. */
  active: { limit: number; used: number };
  /** Units of a day; a unit is one default picture. */
  daily: { limit: number; used: number; resets_at: string };
}

/** What generations can be made with. */
export interface Model {
  id: string;
  label: string;
  tasks: TaskType[];
  /** Tasks that use it when no model is named. */
  default_for: TaskType[];
  /** Of fields, where they differ from the task's. */
  defaults: Record<string, unknown>;
  /** Of fields, where they are closer than the task's. */
  bounds: Record<string, { min?: number; max?: number; multiple_of?: number; one_of?: unknown[] }>;
  /** Width and height that it takes; none: any. */
  sizes: [number, number][];
  /** null: nobody knows. */
  price: { usd: number; per: string } | null;
  /** A request's units times this count. */
  weight: number;
  licence: string;
  /** Whether its licence lets people earn money with it. */
  commercial: boolean;
}
