const WIDTH = 32;

/** One line that shows how far a generation is: in place on a terminal, else one line a change. */
export function progressBar(stream) {
  let last = "";
  return {
    show({ status, progress }) {
      const done = status === "completed" ? 1 : (progress ?? 0);
      const filled = Math.round(done * WIDTH);
      const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
      const line = `${bar} ${String(Math.round(done * 100)).padStart(3)} %  ${status}`;
      if (line !== last) {
        stream.write(stream.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
        last = line;
      }
    },
    end() {
      if (stream.isTTY && last) {
        stream.write("\n");
      }
    },
  };
}
