// Serves `guiderun` in a process of its own, without an emulator around it: one instance.

const express = require("express");
const { guiderun } = require("./index.js");

const app = express();
const verify = (request, _response, body) => {
  request.rawBody = body; // as Google's framework leaves it
};
app.use(express.json({ verify }));
app.post("/", guiderun);
app.listen(Number(process.env.PORT), process.env.HOST);
