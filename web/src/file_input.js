import { fill, h } from "./dom.js";
import { ICONS } from "./icons.js";

const MAX_BYTES = 25 * 1024 * 1024;

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
    URL.revokeObjectURL(shown);
    const problem = problemOf(file, accept);
    chosen = problem === "" ? file : undefined;
    if (problem !== "") {
      fill(preview, h("p", { className: "problem", role: "alert" }, problem));
      return;
    }
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
 * Why a file cannot be taken, before it is sent; "" if it can.
 *
 * @param {File} file
 * @param {string} accept
 */
function problemOf(file, accept) {
  const kinds = accept.split(",");
  const type = file.type.split(";")[0] ?? "";
  const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
  if (!kinds.includes(type) && !kinds.includes(ending)) return `${file.name} is of another type.`;
  if (file.size > MAX_BYTES) return `${file.name} is larger than 25 MiB.`;
  return "";
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
