import { fill, h } from "./dom.js";
import { ICONS } from "./icons.js";

const LONGEST_WAIT_MS = 60_000;

/** A box that says what is wrong, read aloud as soon as it does. */
export function alertBox() {
  const element = h("div", { className: "alert", role: "alert", hidden: true });
  let ticking = 0;
  let whenOver = () => {};

  /** @param {...HTMLElement} lines */
  function show(...lines) {
    fill(element, ICONS.warning(), h("div", {}, lines));
    element.hidden = false;
  }

  function clear() {
    clearInterval(ticking);
    element.hidden = true;
    whenOver();
    whenOver = () => {};
  }

  return {
    element,
    clear,

    /** @param {string} text */
    tell(text) {
      show(h("p", {}, text));
    },

    /**
     * Say how long it takes until a quota has room. It goes away after a minute at the latest,
     * because something that runs may end sooner.
     *
     * @param {string} text
     * @param {number} seconds
     * @param {() => void} over called once, when it goes away
     */
    countDown(text, seconds, over) {
      const start = Date.now();
      const left = h("p", { "aria-live": "off" });
      const tick = () => {
        const passed = Date.now() - start;
        const remaining = Math.max(0, Math.ceil(seconds - passed / 1000));
        fill(left, `There is room again in ${duration(remaining)}, or when something ends.`);
        if (passed >= Math.min(seconds * 1000, LONGEST_WAIT_MS)) clear();
      };
      whenOver = over;
      show(h("p", {}, text), left);
      ticking = setInterval(tick, 1000);
      tick();
    },
  };
}

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
