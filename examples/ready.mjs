// Makes the app in the current folder ready to start: its packages, and in them the client of this repository as npm would have it.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const client = fileURLToPath(new URL("../clients/js", import.meta.url));
const app = process.cwd();

function npm(folder, ...words) {
  const ran = spawnSync("npm", words, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
  if (ran.status !== 0) {
    console.error(`npm ${words.join(" ")} failed in ${folder}, see above.`);
    process.exit(1);
  }
}

function install(folder) {
  const stamp = `${folder}/node_modules/.installed`;
  if (!existsSync(stamp) || statSync(stamp).mtimeMs < statSync(`${folder}/package-lock.json`).mtimeMs) {
    console.log(`Installing the packages of ${folder}`);
    npm(folder, "ci", "--no-audit", "--no-fund", "--loglevel=error");
    writeFileSync(stamp, "");
  }
}

install(client);
install(app);
npm(client, "run", "--silent", "build");
for (const part of JSON.parse(readFileSync(`${client}/package.json`)).files) {
  cpSync(`${client}/${part}`, `${app}/node_modules/firepod/${part}`, { recursive: true });
}
rmSync(`${app}/node_modules/.vite`, { recursive: true, force: true }); // what Vite has made of the last copy
cpSync(`${client}/package.json`, `${app}/node_modules/firepod/package.json`);
