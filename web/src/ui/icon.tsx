/** The page's own line icons, 24 by 24. */
const PATHS = {
  images: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  videos: "M4 6h11v12H4zM15 10l5-3v10l-5-3z",
  voices:
    "M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4zM6 11a6 6 0 0 0 12 0M12 17v3",
  tts: "M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  stopped: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M8 8l8 8",
  upload: "M12 16V5M7 10l5-5 5 5M5 19h14",
  download: "M12 5v11M7 11l5 5 5-5M5 20h14",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M5 12h14M12 5v14",
  minus: "M5 12h14",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  dice: "M5 5h14v14H5zM9 9h.01M15 9h.01M9 15h.01M15 15h.01M12 12h.01",
  locked: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  unlocked: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2",
  check: "M5 12.5l4.5 4.5L19 7.5",
  link: "M10 14l4-4M8.5 11.5L6 14a3 3 0 0 0 4 4l2.5-2.5M15.5 12.5L18 10a3 3 0 0 0-4-4l-2.5 2.5",
  copy: "M9 9h10v10H9zM5 15V5h10",
  bin: "M5 7h14M9 7V5h6v2M7 7l1 12h8l1-12",
  compare: "M12 4v16M4 6h8v12H4zM12 6h8v12h-8",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  search: "M11 5a6 6 0 1 1 0 12 6 6 0 0 1 0-12M15.5 15.5L20 20",
  record: "M12 6a6 6 0 1 1 0 12 6 6 0 0 1 0-12",
  brush: "M14 5l5 5-8 8c-2 2-6 2-7 1 2-1 1-4 3-6z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  unplugged: "M9 4v4M15 4v4M7 8h10v3a5 5 0 0 1-10 0zM12 16v4M4 4l16 16",
  again: "M19 12a7 7 0 1 1-2-4.9M19 4v4h-4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
