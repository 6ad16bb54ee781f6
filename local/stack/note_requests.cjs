// Loaded into firebase-tools where somebody counts what a generation costs: notes each request that an
// emulator in this process has answered, as a line of JSON in the file that FIREPOD_NOTE_REQUESTS
// names. Bytes are those on the wire, headers included. Of a query only the names of its parameters
// are kept, and of a function's path only the function: what follows may open something.
const fs = require("node:fs");
const http = require("node:http");

const FILE = process.env.FIREPOD_NOTE_REQUESTS;
const FUNCTION = /^\/[^/]+\/[a-z]+-[a-z]+\d\/[^/]+/;
const seen = new WeakMap(); // socket -> bytes that earlier requests over it have used

const { emit } = http.Server.prototype;
http.Server.prototype.emit = function (event, request, response) {
  if (event === "request") {
    const { socket, method, url } = request;
    const began = process.hrtime.bigint();
    response.once("close", () => {
      const [read, written] = seen.get(socket) ?? [0, 0];
      seen.set(socket, [socket.bytesRead, socket.bytesWritten]);
      const { pathname, searchParams } = new URL(url, "http://localhost");
      const uploading = request.headers["x-goog-upload-command"];
      const note = {
        port: this.address()?.port,
        method,
        path: FUNCTION.exec(pathname)?.[0] ?? pathname,
        parameters: [...searchParams.keys(), ...(uploading ? [`upload:${uploading}`] : [])],
        status: response.statusCode,
        received: socket.bytesRead - read,
        sent: socket.bytesWritten - written,
        milliseconds: Number(process.hrtime.bigint() - began) / 1e6,
      };
      fs.appendFileSync(FILE, `${JSON.stringify(note)}\n`);
    });
  }
  return emit.apply(this, arguments);
};
