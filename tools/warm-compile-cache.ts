/**
 * Loads what `porthole up` loads, so that Node keeps it stripped and compiled: the first start after `npm ci` is then as fast as the
 * next ones. Run with NODE_COMPILE_CACHE and the flags of bin/porthole, since V8 keeps compiled code apart by its flags.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const source = fileURLToPath(new URL("../src/", import.meta.url));

await Promise.all([
  import("../src/lib/create-logger.ts"),
  import("../src/cli/connect.ts"),
  import("../src/cli/up/local-cluster.ts"),
  import("../src/apiserver/index.ts"),
  import("../src/apiserver/pki/issue-certificates.ts"),
  import("../src/controllers/index.ts"),
  import("../src/cluster/index.ts"),
  import("../src/proxy/index.ts"),
  import("../src/dataplane/index.ts"),
  import("yaml"),
]);
const run = promisify(execFile);
await run(process.execPath, [...process.execArgv, `${source}cli/main.ts`, "version"]);
// Port 0 is refused, but only once everything is loaded.
await run(process.execPath, [...process.execArgv, `${source}cluster/echo/main.ts`, "--port", "0"]).catch(
  () => {},
);
