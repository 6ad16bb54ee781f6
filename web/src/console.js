import { connect } from "./backend.js";
import { composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { gallery } from "./gallery.js";
import { readModels } from "./models.js";
import { signInView, userMenu, watchUser } from "./session.js";

/** @import { User } from "firebase/auth" */

const VOICES_OFFERED = 100;

const page = /** @type {HTMLElement} */ (document.getElementById("page"));
const account = /** @type {HTMLElement} */ (document.getElementById("account"));

/** @type {(() => void)[]} */
let closing = [];

/**
 * @param {Awaited<ReturnType<typeof connect>>} backend
 * @param {User | null} user
 */
function show({ auth, firepod, local }, user) {
  closing.forEach((close) => close());
  closing = [];
  if (user === null) {
    fill(account);
    fill(page, signInView(auth, local));
    return;
  }
  const form = composer({
    firepod,
    userId: user.uid,
    started: () => list.element.scrollIntoView({ block: "nearest", behavior: "smooth" }),
  });
  const list = gallery({ firepod, userId: user.uid, again: form.start });
  const stopVoices = firepod.watch(user.uid, {
    mediaTypes: ["voices"],
    count: VOICES_OFFERED,
    next: (voices) => form.offerVoices(voices.filter(({ status }) => status === "completed")),
    error: () => form.offerVoices([]),
  });
  void readModels(user).then(form.offerModels);
  closing = [list.close, stopVoices];
  fill(account, userMenu(auth, user));
  fill(page, h("main", { className: "workbench" }, form.element, list.element));
}

try {
  const backend = await connect();
  const badge = backend.local ? "Local stack" : backend.project;
  fill(/** @type {HTMLElement} */ (document.getElementById("project")), badge);
  watchUser(backend.auth, (user) => show(backend, user));
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  fill(
    page,
    h(
      "main",
      { className: "welcome" },
      h("div", {}, h("h1", {}, "No backend"), h("p", { className: "lead", role: "alert" }, reason)),
    ),
  );
}
