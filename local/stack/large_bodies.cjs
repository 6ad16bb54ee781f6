// Loaded into firebase-tools before it starts, for bodies of a megabyte and more, as curl sends them.
// Its Hosting hands on the header `Expect`, which Node's fetch does not send, and answers with 500. And
// where a function refuses a body before all of it is read, its Functions emulator ends itself: what
// could not be written any more is an error of a request that has its answer already, or of nobody's.
const http = require("node:http");

const CUT_OFF = new Set(["EPIPE", "ECONNRESET"]);

const { writeContinue } = http.ServerResponse.prototype;
http.ServerResponse.prototype.writeContinue = function (done) {
  delete this.req.headers.expect; // it is answered here
  return writeContinue.call(this, done);
};

const { emit } = http.ClientRequest.prototype;
http.ClientRequest.prototype.emit = function (event, error) {
  const over = event === "error" && this.res && CUT_OFF.has(error?.code);
  return over || emit.apply(this, arguments);
};

const tell = process.emit;
process.emit = function (event, error) {
  const nobodys = event === "uncaughtException" && error?.syscall === "write";
  return (nobodys && CUT_OFF.has(error.code)) || tell.apply(this, arguments);
};
