import { h } from "./dom.js";
import { ICONS } from "./icons.js";

/** @import { Generation, OutputFile } from "./types" */

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
      return pictures(shown(generation), describe(generation));
    case "videos":
      return h(
        "div",
        { className: "stage video" },
        h("video", {
          src: generation_data.video_url,
          ...poster(generation),
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
 * How it looks so far, in the stage of one that is being made.
 *
 * @param {Element} media
 * @param {string} preview
 */
export function showPreview(media, preview) {
  const image = media.querySelector("img.preview") ?? h("img", { className: "preview", alt: "" });
  if (image.getAttribute("src") !== preview) image.setAttribute("src", preview);
  if (!image.isConnected) media.firstElementChild?.append(image);
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
 * Its pictures; documents of an older version have their URLs alone.
 *
 * @param {Generation} generation
 * @returns {Pick<OutputFile, "url" | "width" | "height" | "thumb_url">[]}
 */
function shown({ generation_data }) {
  return generation_data?.outputs ?? (generation_data?.image_urls ?? []).map((url) => ({ url }));
}

/** @param {Generation} generation */
function poster(generation) {
  const thumb = shown(generation)[0]?.thumb_url;
  return thumb === undefined ? {} : { poster: thumb };
}

/**
 * @param {ReturnType<typeof shown>} outputs
 * @param {string} alt
 */
function pictures(outputs, alt) {
  return h(
    "div",
    { className: `stage pictures ${outputs.length > 1 ? "several" : ""}` },
    outputs.map(({ url, thumb_url, width, height }, index) =>
      h(
        "a",
        { href: url, target: "_blank", rel: "noopener", title: "Open in full size" },
        h("img", {
          src: thumb_url ?? url,
          // Its place is kept while it loads.
          ...(width && height ? { width, height } : {}),
          alt: outputs.length > 1 ? `${alt} (${index + 1} of ${outputs.length})` : alt,
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
