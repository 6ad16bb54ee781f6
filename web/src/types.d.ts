import type { Timestamp } from "firebase/firestore";

export type MediaType = "images" | "videos" | "voices" | "tts";
export type Status = "queued" | "processing" | "completed" | "failed" | "cancelled";
export type ErrorCode =
  | "worker_error"
  | "timed_out"
  | "rejected"
  | "expired"
  | "output_missing"
  | "output_invalid"
  | "storage_failed";

interface Task {
  /** A flat map of at most 8 KiB of JSON, handed to the worker as it is. */
  extra?: Record<string, string | number | boolean | null>;
  /** At most 128 characters; the same key and request again start nothing new. */
  idempotency_key?: string;
}

interface Diffusion extends Task {
  prompt: string;
  negative_prompt?: string;
  steps?: number;
  guidance_scale?: number;
  /** Drawn by the server, and recorded, when it is missing. */
  seed?: number;
}

interface Image extends Diffusion {
  width?: number;
  height?: number;
  num_images?: number;
}

interface Video extends Diffusion {
  video_width?: number;
  video_height?: number;
  num_frames?: number;
  fps?: number;
}

/** A Storage path of the caller's, such as `upload` gives. */
type StoragePath = string;

export type GenerationRequest =
  | ({ task_type: "text2img" } & Image)
  | ({ task_type: "img2img"; init_image: StoragePath; strength?: number } & Image)
  | ({ task_type: "text2video" } & Video)
  | ({ task_type: "img2video"; init_image: StoragePath } & Video)
  | ({
      task_type: "voice_clone";
      name: string;
      audio: StoragePath;
      reference_text?: string;
      language?: string;
    } & Task)
  | ({
      task_type: "tts";
      voice_id: string;
      text: string;
      speed?: number;
      language?: string;
    } & Task);

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

/** The URLs by media type: images; videos; voices; tts. */
export interface GenerationData {
  image_urls?: string[];
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

/** The document `generations/{user_id}/{media_type}/{file_uid}`. */
export interface Generation extends GenerationRef {
  status: Status;
  created_at: Timestamp;
  modified: Timestamp;
  user_id: string;
  task_type: TaskType;
  request_data: Record<string, unknown>;
  attempt: number;
  progress?: number;
  started_at?: Timestamp;
  completed_at?: Timestamp;
  generated?: true;
  generation_data?: GenerationData;
  error?: string;
  error_code?: ErrorCode;
  metrics?: { delay_ms?: number; execution_ms?: number };
  size_bytes?: number;
  expires_at?: Timestamp;
}
