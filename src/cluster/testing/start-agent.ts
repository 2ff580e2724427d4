/** An agent as a process of its own, so that a test can kill it: `start-agent.ts KUBECONFIG DATA_DIR NODE ADDRESS POD_CIDR`. */
import { createApiClient, loadKubeconfig } from "../../client/index.ts";
import { silentLogger } from "../../lib/log.ts";
import { runNode } from "../index.ts";

const [, , path = "", dataDir = "", nodeName = "", address = "", podCidr = ""] = process.argv;
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const config = await loadKubeconfig({ path });
const client = createApiClient(config, { userAgent: "agent-test", log: silentLogger });
await runNode({
  client,
  nodeName,
  addresses: [address],
  podCidrs: [podCidr],
  dataDir,
  version: "test",
  crashBackOffMs: 100,
  log: silentLogger,
  signal: stop.signal,
});
process.exit(0);
