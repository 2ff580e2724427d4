/**
 * Loads what every component of `porthole up` loads, so that Node keeps it stripped and compiled: the first start
 * is then as fast as the next ones. Run after `npm ci`, with NODE_COMPILE_CACHE as bin/porthole sets it.
 */
import { flushCompileCache } from "node:module";

await Promise.all([
  import("../src/cli/command-line.ts"),
  import("../src/cli/connect.ts"),
  import("../src/cli/up/local-cluster.ts"),
  import("../src/apiserver/index.ts"),
  import("../src/controllers/index.ts"),
  import("../src/cluster/index.ts"),
  import("../src/proxy/index.ts"),
]);
flushCompileCache();
