/** The focus never falls to the page: where what has it goes, something beside it takes it. */
const FOCUSABLE =
  ":is(a[href], button, input, select, textarea, summary, audio[controls], video[controls], [tabindex]):not([tabindex='-1'], :disabled)";

/** From now on. For buttons that are disabled for a moment: they get it back. */
export function keepFocus(): void {
  let last: Element | undefined;
  let around: Element[] = []; // it and what was around it, the innermost first
  let asked = 0;

  addEventListener("focusin", ({ target }) => {
    if (!(target instanceof Element)) return;
    last = target;
    around = [];
    for (let one: Element | null = target; one !== null && one !== document.body; one = one.parentElement) around.push(one);
  });
  // Somebody who clicks beside everything wants it nowhere.
  addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Element && target.closest(FOCUSABLE) === null) last = undefined;
  });

  const look = () => {
    asked = 0;
    if (last === undefined || document.activeElement !== document.body) return;
    if (last.isConnected && last.matches(":disabled")) return; // it comes back
    const open = [...document.querySelectorAll("dialog[open]")].at(-1);
    for (const one of around) {
      if (!one.isConnected || (open !== undefined && !open.contains(one))) continue;
      const next = one.matches(FOCUSABLE) ? one : one.querySelector(FOCUSABLE);
      if (!(next instanceof HTMLElement)) continue;
      next.focus({ preventScroll: true });
      if (document.activeElement === next) return;
    }
  };
  new MutationObserver(() => {
    if (asked === 0 && last !== undefined) asked = setTimeout(look);
  }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled", "hidden", "open"] });
}
