import { card } from "./card.js";
import { MEDIA_TYPES } from "./client.js";
import { fill, h } from "./dom.js";
import { labelOf } from "./facts.js";
import { ICONS } from "./icons.js";

/** @import { Firepod } from "./client.js" */
/** @import { Generation, MediaType, TaskType } from "./types" */

const PAGE = 24;
const REFRESH_TIMES_MS = 30_000;

/** @type {[string, readonly MediaType[]][]} */
const FILTERS = [
  ["All", MEDIA_TYPES],
  ["Pictures", ["images"]],
  ["Videos", ["videos"]],
  ["Voices", ["voices"]],
  ["Speech", ["tts"]],
];

/** @type {[TaskType, string][]} */
const EXAMPLES = [
  ["text2img", "A lighthouse at dusk over a calm sea"],
  ["text2img", "A fox in a misty birch forest, morning light"],
  ["text2video", "Neon rain on a city street at night"],
];

/**
 * The user's generations, live and newest first.
 *
 * @param {{
 *   firepod: Firepod,
 *   userId: string,
 *   again: (type: TaskType, request: Record<string, unknown>) => void,
 * }} options
 */
export function gallery({ firepod, userId, again }) {
  /** @type {Map<string, ReturnType<typeof card>>} */
  let cards = new Map();
  /** @type {Map<string, string>} */
  const lastStatus = new Map();
  let mediaTypes = MEDIA_TYPES;
  let count = PAGE;
  let stop = () => {};

  const news = h("p", { className: "visually-hidden", role: "status" });
  const notice = h("div", { className: "notice" });
  const grid = h("div", { className: "grid" });
  const older = h("button", { type: "button", hidden: true, onclick: showOlder }, "Show older ones");
  const discardDialog = confirmation();
  const filters = FILTERS.map(([label, types]) =>
    h(
      "button",
      {
        type: "button",
        "aria-pressed": String(types === mediaTypes),
        onclick(/** @type {MouseEvent} */ event) {
          for (const each of filters) each.setAttribute("aria-pressed", String(each === event.target));
          mediaTypes = types;
          count = PAGE;
          listen();
        },
      },
      label,
    ),
  );
  const element = h(
    "section",
    { className: "gallery", "aria-label": "Your generations" },
    h(
      "div",
      { className: "gallery-head" },
      h("h2", {}, "Your generations"),
      h("div", { className: "filters", role: "group", "aria-label": "Show" }, filters),
    ),
    news,
    notice,
    grid,
    h("div", { className: "older" }, older),
    discardDialog.element,
  );

  function showOlder() {
    count += PAGE;
    listen();
  }

  function listen() {
    stop();
    stop = firepod.watch(userId, { mediaTypes, count, next: show, error: fail });
  }

  /**
   * @param {Generation[]} generations
   * @param {boolean} more
   */
  function show(generations, more) {
    const before = cards;
    cards = new Map();
    for (const generation of generations) {
      const key = `${generation.media_type}/${generation.file_uid}`;
      const shown =
        before.get(key) ?? card({ firepod, again, confirmDiscard: discardDialog.ask });
      shown.update(generation);
      cards.set(key, shown);
      tellNews(key, generation);
    }
    for (const [key, gone] of before) if (!cards.has(key)) gone.element.remove();
    // An element that is moved stops playing: only new ones get a place.
    let place = grid.firstChild;
    for (const { element: each } of cards.values()) {
      if (each === place) place = place.nextSibling;
      else grid.insertBefore(each, place);
    }
    older.hidden = !more;
    fill(notice, cards.size > 0 ? null : mediaTypes === MEDIA_TYPES ? emptyState() : nothingSuch());
  }

  /** @param {unknown} reason */
  function fail(reason) {
    fill(
      notice,
      h(
        "div",
        { className: "alert", role: "alert" },
        ICONS.warning(),
        h("p", {}, `The list could not be read: ${reason instanceof Error ? reason.message : reason}`),
        h("button", { type: "button", className: "small", onclick: listen }, "Try again"),
      ),
    );
  }

  /**
   * For those who do not see it: what has ended since it was last shown.
   *
   * @param {string} key
   * @param {Generation} generation
   */
  function tellNews(key, { status, task_type }) {
    const before = lastStatus.get(key);
    lastStatus.set(key, status);
    if (before !== undefined && before !== status && status !== "processing") {
      fill(news, `${labelOf(task_type)}: ${status}`);
    }
  }

  function nothingSuch() {
    return h("p", { className: "loading" }, "Nothing of this kind yet.");
  }

  function emptyState() {
    return h(
      "div",
      { className: "empty-state" },
      h("div", { className: "empty-icons" }, MEDIA_TYPES.map((type) => ICONS[type]())),
      h("h3", {}, "Nothing here yet"),
      h("p", {}, "What you start appears here and shows its progress. Begin with one of these:"),
      h(
        "div",
        { className: "sizes" },
        EXAMPLES.map(([type, prompt]) =>
          h(
            "button",
            { type: "button", className: "chip", onclick: () => again(type, { prompt }) },
            prompt,
          ),
        ),
      ),
    );
  }

  fill(notice, h("p", { className: "loading" }, "Loading…"));
  listen();
  const ticking = setInterval(() => cards.forEach((each) => each.tick()), REFRESH_TIMES_MS);
  return {
    element,
    close() {
      clearInterval(ticking);
      stop();
    },
  };
}

/** A question before something is deleted. */
function confirmation() {
  const what = h("p", { className: "quote" });
  const element = h(
    "dialog",
    { "aria-labelledby": "discard-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "discard-title" }, "Discard this generation?"),
      what,
      h("p", {}, "Its document and its files are deleted. This cannot be undone."),
      h(
        "div",
        { className: "row" },
        h("button", { value: "keep", autofocus: true }, "Keep it"),
        h("button", { value: "discard", className: "danger" }, "Discard"),
      ),
    ),
  );
  return {
    element,

    /** @param {string} text @returns {Promise<boolean>} */
    ask(text) {
      fill(what, text);
      element.returnValue = "keep";
      element.showModal();
      return new Promise((resolve) => {
        const answered = () => resolve(element.returnValue === "discard");
        element.addEventListener("close", answered, { once: true });
      });
    },
  };
}
