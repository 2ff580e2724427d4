import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startBackend } from "../dataplane/conformance-backend.ts";
import { createSocketClient } from "../dataplane/conformance-client.ts";
import { loopbackPlan } from "../dataplane/conformance-loopback.ts";
import { answered, probe } from "../dataplane/conformance-steps.ts";
import { silentLogger } from "../lib/log.ts";
import { runProxy } from "./run-proxy.ts";
import { httpGet } from "./testing/http-get.ts";
import { withPodAt } from "./testing/pods-at.ts";
import {
  createNode,
  createService,
  createSlice,
  startTestCluster,
  updateSlice,
} from "./testing/test-cluster.ts";

const podAddress = "10.180.1.1";

describe("runProxy with the userspace dataplane", () => {
  test("a NodePort answers on every node, refuses without endpoints, and survives the API server", async () => {
    const cluster = await startTestCluster();
    const plan = loopbackPlan();
    const [first = "", second = ""] = plan.nodeAddresses;
    const port = 30_000 + (process.pid % 2_768);
    const client = createSocketClient(plan.clientAddresses[0]);
    const backend = await startBackend("one", "TCP", "IPv4", plan.backendAddress);
    const stop = new AbortController();
    const start = (nodeName: string, healthzBindAddress = "") => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const seen = withPodAt(cluster.client, podAddress, backend.address);
      const options = { client: seen, nodeName, healthzBindAddress, log: silentLogger };
      return {
        ready: promise,
        ended: runProxy({ ...options, signal: stop.signal, onReady: resolve }),
      };
    };
    try {
      await createNode(cluster.client, "node-1", [first]);
      await createNode(cluster.client, "node-2", [second]);
      await createService(cluster.client, { name: "web", clusterIP: "10.96.0.80", nodePort: port });
      const endpoints = [{ addresses: [podAddress], nodeName: "node-1" }];
      await createSlice(cluster.client, { service: "web", port: backend.port, endpoints });
      const proxies = [start("node-1", `${first}:${port + 1}`), start("node-2")];
      await Promise.all(proxies.map(({ ready }) => ready));
      for (const address of [first, second]) {
        assert.equal(await answered(client, "TCP", { address, port }), "one");
      }
      assert.equal((await httpGet(`http://${first}:${port + 1}/healthz`)).status, 200);

      await cluster.stopApi();
      assert.equal(await answered(client, "TCP", { address: first, port }), "one");
      assert.equal((await httpGet(`http://${first}:${port + 1}/healthz`)).status, 200);
      await cluster.startApi();

      await updateSlice(cluster.client, { service: "web", port: backend.port, endpoints: [] });
      await refused(() => probe(client, "TCP", { address: second, port }));
      stop.abort();
      await Promise.all(proxies.map(({ ended }) => ended));
    } finally {
      stop.abort();
      await backend.close();
      await cluster.close();
    }
  });
});

/** Every answer that is not the awaited one costs a round trip, so this many are some seconds. */
const maxProbes = 20_000;

async function refused(ask: () => Promise<{ readonly outcome: string }>): Promise<void> {
  for (let probes = 0; probes < maxProbes; probes++) if ((await ask()).outcome === "refused") return;
  assert.fail(`It still answered after ${maxProbes} probes`);
}
