import { h } from "./dom.js";
import { ICONS } from "./icons.js";

/** @import { Generation } from "./types" */

/**
 * What a generation has made, to be seen or heard; or what stands in its place until then.
 *
 * @param {Generation} generation
 */
export function stage(generation) {
  const { status, media_type, generation_data } = generation;
  if (status !== "completed" || generation_data === undefined) {
    return placeholder(generation);
  }
  switch (media_type) {
    case "images":
      return pictures(generation_data.image_urls ?? [], describe(generation));
    case "videos":
      return h(
        "div",
        { className: "stage video" },
        h("video", {
          src: generation_data.video_url,
          controls: true,
          loop: true,
          muted: true,
          playsInline: true,
          preload: "metadata",
          "aria-label": describe(generation),
        }),
      );
    case "voices":
      return player("voices", generation_data.sample_url, describe(generation));
    case "tts":
      return player("tts", generation_data.tts_url, describe(generation));
  }
}

/**
 * The words that a generation was asked for with.
 *
 * @param {Generation} generation
 */
export function describe({ request_data }) {
  const { prompt, text, name } = request_data;
  return String(prompt ?? text ?? name ?? "");
}

/** @param {Generation} generation */
function placeholder({ status, media_type }) {
  switch (status) {
    case "failed":
      return h("div", { className: "stage empty failed" }, ICONS.warning());
    case "cancelled":
      return h("div", { className: "stage empty cancelled" }, ICONS.stopped());
    default:
      return h("div", { className: `stage empty ${status}` }, ICONS[media_type]());
  }
}

/**
 * @param {string[]} urls
 * @param {string} alt
 */
function pictures(urls, alt) {
  return h(
    "div",
    { className: `stage pictures ${urls.length > 1 ? "several" : ""}` },
    urls.map((url, index) =>
      h(
        "a",
        { href: url, target: "_blank", rel: "noopener", title: "Open in full size" },
        h("img", {
          src: url,
          alt: urls.length > 1 ? `${alt} (${index + 1} of ${urls.length})` : alt,
          loading: "lazy",
          decoding: "async",
        }),
      ),
    ),
  );
}

/**
 * @param {"voices" | "tts"} mediaType
 * @param {string | undefined} url
 * @param {string} label
 */
function player(mediaType, url, label) {
  return h(
    "div",
    { className: "stage sound" },
    ICONS[mediaType](),
    h("audio", { src: url, controls: true, preload: "metadata", "aria-label": label }),
  );
}
