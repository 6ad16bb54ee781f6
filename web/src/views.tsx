/** On the local stack: which part of the page is looked at. A generation is opened in either. */
import { useEffect, useState } from "preact/hooks";

export type View = "make" | "events";

export function Views() {
  const view = useView();
  return (
    <>
      <a href="#make" aria-current={view === "make" ? "page" : undefined}>
        Make
      </a>
      <a href="#events" aria-current={view === "events" ? "page" : undefined}>
        Events
      </a>
    </>
  );
}

export function useView(): View {
  const [view, setView] = useState<View>(location.hash === "#events" ? "events" : "make");
  useEffect(() => {
    const onChange = () => {
      if (location.hash === "#events") setView("events");
      else if (location.hash === "#make") setView("make");
    };
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return view;
}
