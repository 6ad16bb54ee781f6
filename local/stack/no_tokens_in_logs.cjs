// Loaded into firebase-tools before it starts. Its *-debug.log files hold every request's path and much
// of its headers; what opens something for whoever holds it is blotted out on the way to the file.
const fs = require("node:fs");
const { StringDecoder } = require("node:string_decoder");

const LONGEST_LINE = 1 << 20;
const BLOTTED = "***";
const OPENS_SOMETHING = [
  // A callback's token: {kid}.{payload}.{mac}, the last one of 43 characters; a time may follow.
  [/\b([\w-]{1,32})\.[\w-]{40,}\.[\w-]{43}/g, `$1.${BLOTTED}`],
  // An ID token, signed or as the Auth emulator makes it.
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}(\.[\w-]*)?/g, BLOTTED],
  [/\b(Bearer|Firebase) [\w.~+/=-]{16,}/g, `$1 ${BLOTTED}`],
  [/([?&](?:token|upload_id|key|X-Goog-Signature)=)[^&\s"'<>]+/gi, `$1${BLOTTED}`],
  // Fields of a body, whatever the depth at which its quotes are escaped.
  [
    /((?:idToken|refreshToken|refresh_token|access_token|[dD]ownloadTokens)\\*"\s*:\s*\\*")[^"\\]+/g,
    `$1${BLOTTED}`,
  ],
];

function blot(text) {
  return OPENS_SOMETHING.reduce((so_far, [found, instead]) => so_far.replace(found, instead), text);
}

// Whole lines only: a token may come in two pieces.
function blotted(stream) {
  const decoder = new StringDecoder("utf8");
  const { write, end } = stream;
  let rest = "";
  stream.write = (chunk, encoding, done) => {
    const text = typeof chunk === "string" ? chunk : decoder.write(chunk);
    rest += text;
    const cut = rest.length > LONGEST_LINE ? rest.length : rest.lastIndexOf("\n") + 1;
    const ready = blot(rest.slice(0, cut));
    rest = rest.slice(cut);
    return write.call(stream, ready, "utf8", typeof encoding === "function" ? encoding : done);
  };
  stream.end = (chunk, ...others) => {
    if (chunk && typeof chunk !== "function") {
      stream.write(chunk);
    }
    if (rest) {
      write.call(stream, blot(rest), "utf8");
      rest = "";
    }
    return end.call(stream, ...(typeof chunk === "function" ? [chunk] : others));
  };
  return stream;
}

const { createWriteStream } = fs;
fs.createWriteStream = (path, ...options) => {
  const stream = createWriteStream.call(fs, path, ...options);
  return /debug(\.\d+)?\.log$/.test(String(path)) ? blotted(stream) : stream;
};
