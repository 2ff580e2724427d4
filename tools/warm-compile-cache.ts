/**
 * Loads what `porthole up` loads, so that Node keeps it stripped and compiled: the first start after `npm ci` is then as fast as the
 * next ones. Run with NODE_COMPILE_CACHE and the flags of bin/porthole, since V8 keeps compiled code apart by its flags.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const source = fileURLToPath(new URL("../src/", import.meta.url));

await Promise.all([
  import("../src/lib/create-logger.ts"),
  import("../src/cli/connect.ts"),
  import("../src/cli/up/local-cluster.ts"),
  import("../src/apiserver/index.ts"),
  import("../src/controllers/index.ts"),
  import("../src/cluster/index.ts"),
  import("../src/proxy/index.ts"),
  import("../src/dataplane/index.ts"),
  import("yaml"),
]);
await promisify(execFile)(process.execPath, [...process.execArgv, `${source}cli/main.ts`, "version"]);

const echo = spawn(process.execPath, [...process.execArgv, `${source}cluster/echo/main.ts`, "--port", "0"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const ended = once(echo, "exit");
await once(echo.stdout, "data");
echo.kill("SIGTERM");
await ended;
