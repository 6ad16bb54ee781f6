// Loaded into firebase-tools before it starts. Local secrets are read from functions/.secret.local, which all
// stacks share and which stays. A RunPod key that was given for one run stands in no file: it replaces the one
// there while the file is read, and no program that firebase-tools starts inherits the variable.
const fs = require("node:fs");
const path = require("node:path");

const NAME = "FIREPOD_RUNPOD_API_KEY";
const key = process.env[NAME];
delete process.env[NAME];

if (key) {
  const { readFileSync } = fs;
  fs.readFileSync = (file, ...options) => {
    const content = readFileSync.call(fs, file, ...options);
    if (path.basename(String(file)) !== ".secret.local") return content;
    const others = String(content).split("\n").filter((line) => !line.startsWith("RUNPOD_API_KEY="));
    return [...others, `RUNPOD_API_KEY=${key}`, ""].join("\n");
  };
}
