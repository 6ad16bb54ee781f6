// Loaded into firebase-tools before it starts. It sends requests to function processes over kept
// connections, which gunicorn closes after two idle seconds; a request that meets the closing fails
// with ECONNRESET, and an app sees a 500 that no deployed function would give.
const http = require("node:http");

http.globalAgent = new http.Agent({ keepAlive: false });
