/** URLs that open. With MEDIA_URLS=signed those in a document end after a while; its owner gets others by the files' paths. */
import type { Generation } from "firepod";
import { useState } from "preact/hooks";

import type { Backend } from "../backend.js";
import { usePage } from "../context.js";
import { Recent } from "./recent.js";

const MOST = 1000;
const _others = new Recent<string>(MOST); // by the URL that did not open

/** The URL, or another one of the object at this path once this one did not open; and what is to be told that it did not. */
export function useOpening(url: string, path: string | undefined): [string, () => void] {
  const { backend } = usePage();
  const [, drawAgain] = useState(0);
  const other = _others.get(url);
  const failed = () => {
    if (path === undefined || other !== undefined) return; // neither of the two opens: the object is gone
    urlOf(backend, path).then(
      (found) => {
        _others.set(url, found);
        drawAgain((times) => times + 1);
      },
      () => {}, // what cannot be opened is shown as that
    );
  };
  return [other ?? url, failed];
}

/** A URL of an object that its owner may read. */
export async function urlOf({ app }: Backend, path: string): Promise<string> {
  const { getDownloadURL, getStorage, ref } = await import("firebase/storage");
  return getDownloadURL(ref(getStorage(app), path));
}

export interface Small {
  url: string;
  /** Unknown of what was made before documents told it. */
  path: string | undefined;
  hash: string | undefined;
}

/** What a list shows of a generation's file: its thumb, or the picture itself where it has none; nothing of a sound. */
export function smallOf({ user_id, file_uid, media_type, generation_data }: Generation, index: number): Small | undefined {
  const output = generation_data?.outputs?.[index];
  const hash = output?.thumbhash;
  if (output?.thumb_url !== undefined) {
    return { url: output.thumb_url, path: `thumbs/${user_id}/${file_uid}_${index}.webp`, hash };
  }
  const url = output?.url ?? generation_data?.image_url;
  return media_type === "images" && url !== undefined ? { url, path: output?.path, hash } : undefined;
}
