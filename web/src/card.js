import { fill, h } from "./dom.js";
import { ago, facts, labelOf } from "./facts.js";
import { describe, showPreview, stage } from "./media.js";
import { TASKS } from "./tasks.js";

/** @import { Firepod } from "./client.js" */
/** @import { Generation, Status, TaskType } from "./types" */

/** @type {Record<Status, string>} */
const STATUS = {
  queued: "Queued",
  processing: "Processing",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

/**
 * One generation; `update` takes its document whenever it changes.
 *
 * @param {{
 *   firepod: Firepod,
 *   again: (type: TaskType, request: Record<string, unknown>) => void,
 *   confirmDiscard: (what: string) => Promise<boolean>,
 * }} options
 */
export function card({ firepod, again, confirmDiscard }) {
  /** @type {Generation} */
  let current;
  let shownStage = "";
  let shownActions = "";
  const media = h("div", {});
  const status = h("span", { className: "status" });
  const time = h("time", {});
  const title = h("h3", {});
  const bar = h("progress", { max: 1 });
  const percent = h("span", { className: "percent" });
  const progress = h("div", { className: "progress" }, bar, percent);
  const error = h("p", { className: "problem" });
  const actions = h("div", { className: "actions" });
  const refusal = h("p", { className: "problem", role: "alert" });
  const more = h("div", {});
  const details = h("details", {}, h("summary", {}, "Details"), more);
  const element = h(
    "article",
    { className: "card" },
    media,
    h(
      "div",
      { className: "body" },
      h("div", { className: "meta" }, status, time),
      title,
      progress,
      error,
      actions,
      refusal,
      details,
    ),
  );

  /**
   * @param {string} label
   * @param {string} className
   * @param {() => unknown} act
   */
  function action(label, className, act) {
    const button = h("button", { type: "button", className: `small ${className}` }, label);
    button.addEventListener("click", async () => {
      fill(refusal);
      button.disabled = true;
      try {
        await act();
      } catch (reason) {
        fill(refusal, reason instanceof Error ? reason.message : String(reason));
      } finally {
        button.disabled = false;
      }
    });
    return button;
  }

  async function discard() {
    if (await confirmDiscard(describe(current))) await firepod.discard(current);
  }

  /** What can be done with a generation of this status. */
  function actionsNow() {
    switch (current.status) {
      case "queued":
      case "processing":
        return [action("Cancel", "", () => firepod.cancel(current))];
      case "completed":
        return [
          current.media_type === "voices"
            ? action("Speak with it", "", () => again("tts", { voice_id: current.file_uid }))
            : current.task_type in TASKS &&
              action("Use again", "", () =>
                again(current.task_type, { ...current.request_data, model: current.model }),
              ),
          action("Discard", "quiet", discard),
        ];
      default:
        return [
          action("Try again", "", () => firepod.retry(current)),
          action("Discard", "quiet", discard),
        ];
    }
  }

  return {
    element,

    /** @param {Generation} generation */
    update(generation) {
      current = generation;
      element.dataset.status = generation.status;
      const stageKey = `${generation.status} ${generation.attempt}`;
      if (stageKey !== shownStage) {
        // Not for every change of the document: a video that plays goes on.
        shownStage = stageKey;
        fill(media, stage(generation));
      }
      if (generation.preview) showPreview(media, generation.preview);
      if (generation.status !== shownActions) {
        shownActions = generation.status;
        fill(actions, actionsNow());
      }
      fill(status, STATUS[generation.status]);
      status.dataset.status = generation.status;
      fill(title, describe(generation));
      title.title = describe(generation);
      const active = generation.status === "queued" || generation.status === "processing";
      progress.hidden = !active;
      if (generation.status === "processing") {
        bar.value = generation.progress ?? 0;
        fill(percent, `${Math.round((generation.progress ?? 0) * 100)} %`);
      } else {
        bar.removeAttribute("value");
        fill(percent, "Waiting for a GPU");
      }
      bar.setAttribute("aria-label", `${labelOf(generation.task_type)}, progress`);
      fill(error, generation.status === "failed" ? (generation.error ?? "It failed.") : "");
      fill(more, facts(generation));
      this.tick();
    },

    /** Bring the time up to date. */
    tick() {
      const asked = current.created_at.toDate();
      const attempt = current.attempt > 1 ? `, attempt ${current.attempt}` : "";
      time.dateTime = asked.toISOString();
      fill(time, labelOf(current.task_type), " · ", ago(asked), attempt);
    },
  };
}
