import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSocketClient } from "../dataplane/conformance-client.ts";
import { loopbackPlan } from "../dataplane/conformance-loopback.ts";
import { createNode, createService, createSlice, startTestCluster } from "./testing/test-cluster.ts";

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

test("a proxy that is killed leaves nothing behind that keeps the next one from forwarding", async () => {
  const cluster = await startTestCluster();
  const plan = loopbackPlan();
  const [address = ""] = plan.nodeAddresses;
  const port = 30_000 + (process.pid % 2_768);
  const client = createSocketClient(plan.clientAddresses[0]);
  // With its endpoint on another node a Local Service is silent where a proxy runs, and refused where none does.
  const outcome = async () => (await client.connect({ address, port })).outcome;
  let proxy: ChildProcess | undefined;
  try {
    await createNode(cluster.client, "node-1", [address]);
    const spec = { externalTrafficPolicy: "Local" } as const;
    await createService(cluster.client, { name: "web", clusterIP: "10.96.0.80", nodePort: port, spec });
    const endpoints = [{ addresses: ["10.180.0.1"], nodeName: "node-2" }];
    await createSlice(cluster.client, { service: "web", port: 8080, endpoints });
    assert.equal(await outcome(), "refused");
    for (let round = 0; round < 2; round++) {
      proxy = await startProxy(cluster.kubeconfig, `${address}:${port + 1}`);
      assert.equal(await outcome(), "silent");
      proxy.kill("SIGKILL");
      await once(proxy, "exit");
      assert.equal(await outcome(), "refused");
    }
    proxy = await startProxy(cluster.kubeconfig, `${address}:${port + 1}`);
    proxy.kill("SIGTERM");
    assert.deepEqual(await once(proxy, "exit"), [0, null]);
    assert.equal(await outcome(), "refused");
  } finally {
    proxy?.kill("SIGKILL");
    await cluster.close();
  }
});

/** Resolves when it forwards. */
async function startProxy(kubeconfig: string, healthz: string): Promise<ChildProcess> {
  const servers = ["--healthz-bind-address", healthz, "--metrics-bind-address", ""];
  const options = ["--kubeconfig", kubeconfig, "--node-name", "node-1", ...servers];
  const child = spawn(process.execPath, [main, "proxy", ...options], { stdio: ["ignore", "ignore", "pipe"] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (line.includes('"Forwarding"')) return child;
  }
  throw new Error(`The proxy ended before it forwarded:\n${lines.join("\n")}`);
}
