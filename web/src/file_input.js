import { fill, h } from "./dom.js";
import { ICONS } from "./icons.js";

/**
 * Choose or drop one file, and see or hear it.
 *
 * @param {string} accept
 * @param {Record<string, any>} attributes
 */
export function fileInput(accept, attributes) {
  /** @type {File | undefined} */
  let chosen;
  let shown = "";
  const preview = h("div", { className: "file-preview" });
  const input = h("input", {
    ...attributes,
    type: "file",
    accept,
    className: "visually-hidden",
    onchange: () => choose(input.files?.[0]),
  });

  /** @param {File | undefined} file */
  function choose(file) {
    if (file === undefined) return;
    chosen = file;
    URL.revokeObjectURL(shown);
    shown = URL.createObjectURL(file);
    fill(preview, pictureOrPlayer(file, shown), h("span", { className: "file-name" }, file.name));
  }

  const element = h(
    "div",
    {
      className: "file",
      ondragover: (/** @type {DragEvent} */ event) => event.preventDefault(),
      ondrop(/** @type {DragEvent} */ event) {
        event.preventDefault();
        choose(event.dataTransfer?.files[0]);
      },
    },
    input,
    h(
      "label",
      { htmlFor: attributes.id, className: "file-drop" },
      ICONS.upload(),
      h("span", {}, "Choose a file or drop it here"),
    ),
    preview,
  );
  return { element, focusable: input, value: () => chosen, fill: choose };
}

/**
 * @param {File} file
 * @param {string} url
 */
function pictureOrPlayer(file, url) {
  return file.type.startsWith("image/")
    ? h("img", { src: url, alt: "" })
    : h("audio", { src: url, controls: true });
}
