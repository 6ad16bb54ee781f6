import { icon } from "./dom.js";

export const ICONS = {
  images: () => icon("M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01"),
  videos: () => icon("M4 6h11v12H4zM15 10l5-3v10l-5-3z"),
  voices: () => icon("M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4zM6 11a6 6 0 0 0 12 0M12 17v3"),
  tts: () => icon("M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3"),
  warning: () => icon("M12 4l9 16H3zM12 10v4M12 17h.01"),
  stopped: () => icon("M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M8 8l8 8"),
  upload: () => icon("M12 16V5M7 10l5-5 5 5M5 19h14"),
};
