import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A dialog while it is rendered; Escape and the ground around it close it, and focus goes back. */
export function Dialog({
  label,
  kind = "small",
  onClose,
  children,
}: {
  label: string;
  kind?: "small" | "wide" | "whole";
  onClose: () => void;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close(); // which gives the focus back, as long as it is in the page
  }, []);
  return (
    <dialog
      ref={element}
      class={kind}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === element.current) element.current?.close();
      }}
    >
      {children}
    </dialog>
  );
}

/** A question with two answers; the harmless one has the focus. */
export function Question({
  title,
  children,
  yes,
  no = "Keep it",
  onAnswer,
}: {
  title: string;
  children: ComponentChildren;
  yes: string;
  no?: string;
  onAnswer: (agreed: boolean) => void;
}) {
  const answered = useRef(false);
  const answer = (agreed: boolean) => {
    answered.current = true;
    onAnswer(agreed);
  };
  return (
    <Dialog label={title} onClose={() => answered.current || answer(false)}>
      <h2>{title}</h2>
      {children}
      <div class="row end">
        <button type="button" autofocus onClick={() => answer(false)}>
          {no}
        </button>
        <button type="button" class="danger" onClick={() => answer(true)}>
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
