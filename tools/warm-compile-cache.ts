/**
 * Loads what is built in dist/, so that Node keeps it compiled: the first start after `npm ci` is then as fast as the next ones.
 * Run with NODE_COMPILE_CACHE and the flags of bin/porthole, since V8 keeps compiled code apart by its flags.
 */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const dist = new URL("../dist/", import.meta.url);
const run = promisify(execFile);

if (existsSync(dist)) {
  const chunks = new URL("chunks/", dist);
  await Promise.all(readdirSync(chunks).map((file) => import(new URL(file, chunks).href)));
  await run(process.execPath, [...process.execArgv, fileURLToPath(new URL("cli/main.js", dist)), "version"]);
  // Port 0 is refused, but only once everything is loaded.
  const echo = fileURLToPath(new URL("cluster/echo/main.js", dist));
  await run(process.execPath, [...process.execArgv, echo, "--port", "0"]).catch(() => {});
}
