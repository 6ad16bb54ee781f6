/** What every part of the page knows: the backend, who is signed in, and what to begin with. */
import type { User } from "firebase/auth";
import type { Generation, Model, TaskType } from "firepod";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Backend } from "./backend.js";
import type { Known } from "./make/known.js";

/** A request as it stands in the form. A File is still to be uploaded, a text in its place is a path. */
export type Values = Record<string, unknown>;

export interface Draft {
  taskType: TaskType;
  values: Values;
  /** Moves with each draft that comes from elsewhere, so that the form takes it and its focus. */
  turn: number;
}

export interface Page {
  backend: Backend;
  user: User;
  models: readonly Model[];
  modelsKnown: Known;
  /** The user's completed voices. */
  voices: readonly Generation[];
  voicesKnown: Known;
  draft: Draft;
  /** Fill the form. */
  begin: (taskType: TaskType, values: Values) => void;
  /** Open one in full. */
  open: (generation: Generation) => void;
  /** Say something for a moment. */
  say: (text: string) => void;
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error("There is no page around this.");
  return page;
}
