/**
 * What "Kubernetes Service Type: NodePort" says in its sections 5 (limitations) and 6 (production pattern): with a plain NodePort each
 * limitation is seen, with the load balancer in front of the nodes it is gone.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { endpointSlices, isInvalid, nodes, services } from "../src/client/index.ts";
import { silentLogger } from "../src/lib/log.ts";
import { openKubernetesSource, parseAddressPool, runLoadBalancer } from "../src/loadbalancer/index.ts";
import { untilAnswers, whoAnswers } from "../src/loadbalancer/testing/test-nodes.ts";
import { runProxy } from "../src/proxy/index.ts";
import { withPodAt } from "../src/proxy/testing/pods-at.ts";
import {
  createNode,
  createService,
  createSlice,
  startTestCluster,
  type TestCluster,
} from "../src/proxy/testing/test-cluster.ts";

const nodeAddresses = ["127.5.0.1", "127.5.0.2", "127.5.0.3"] as const;
const podAddress = "127.5.2.1";
/** What the API server knows the pod by: it allows no endpoint on a loopback address. */
const writtenPodAddress = "10.180.5.1";
const virtualAddress = "127.5.9.1";
const nodePort = 30_000 + (process.pid % 2_700);
const otherNodePort = nodePort + 1;
const proxyHealthPort = 20_000 + (process.pid % 10_000);
const httpPort = 80;

interface Running {
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

function run(program: (signal: AbortSignal, onReady: () => void) => Promise<void>): Running {
  const stop = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const ended = program(stop.signal, resolve);
  ended.catch(reject);
  return {
    ready: promise,
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

/** The kernel's rule for ports that need no privilege; macOS has none for addresses of its own. */
const lowestPortFile = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
const lowestPort = existsSync(lowestPortFile) ? Number(readFileSync(lowestPortFile, "utf8")) : 0;
const mayListen = process.getuid?.() === 0 || lowestPort <= httpPort || process.env.CI !== undefined;
const skip = mayListen
  ? false
  : `port 80 needs root, or: sysctl -w net.ipv4.ip_unprivileged_port_start=${httpPort}`;

describe("the limitations of NodePort", { timeout: 60_000, skip }, () => {
  let cluster: TestCluster;
  let proxies: Running[] = [];
  let balancer: Running;
  /** It says where the connection came from: the node that led it there. */
  const pod = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(socket.remoteAddress ?? "");
  });

  const startProxy = (index: number) =>
    run((signal, onReady) =>
      runProxy({
        client: withPodAt(cluster.client, writtenPodAddress, podAddress),
        nodeName: `node-${index + 1}`,
        healthzBindAddress: `${nodeAddresses[index]}:${proxyHealthPort}`,
        log: silentLogger,
        signal,
        onReady,
      }),
    );
  const outcome = (address: string, port: number) =>
    whoAnswers(address, port).catch((error: NodeJS.ErrnoException) => error.code ?? String(error));
  /** Who answers so many connections, one after the other. */
  const outcomes = async (address: string, port: number, count: number) => {
    const seen: string[] = [];
    for (let index = 0; index < count; index++) seen.push(await outcome(address, port));
    return [...new Set(seen)].toSorted();
  };
  const untilAllAnswer = async () => {
    const missing = new Set<string>(nodeAddresses);
    await untilAnswers(virtualAddress, httpPort, (answer) => {
      missing.delete(answer);
      return missing.size === 0;
    });
  };

  before(async () => {
    cluster = await startTestCluster();
    pod.listen(0, podAddress);
    await once(pod, "listening");
    const { port } = pod.address() as { port: number };
    for (const [index, address] of nodeAddresses.entries())
      await createNode(cluster.client, `node-${index + 1}`, [address]);
    const endpoints = [{ addresses: [writtenPodAddress], nodeName: "node-1" }];
    for (const [name, type, number] of [
      ["web", "LoadBalancer", nodePort],
      ["ingress", "NodePort", otherNodePort],
    ] as const) {
      await createService(cluster.client, {
        name,
        clusterIP: `10.96.5.${number - nodePort + 1}`,
        nodePort: number,
        spec: { type },
        ...(type === "NodePort" && {
          annotations: {
            "porthole.dev/load-balancer-address": "127.5.9.2",
            "porthole.dev/load-balancer-ports": "443",
          },
        }),
      });
      await createSlice(cluster.client, { service: name, port, endpoints });
    }
    proxies = nodeAddresses.map((_, index) => startProxy(index));
    await Promise.all(proxies.map(({ ready }) => ready));
    balancer = run((signal, onReady) =>
      runLoadBalancer({
        source: openKubernetesSource({
          client: cluster.client,
          identity: "test",
          pools: [parseAddressPool(`public=${virtualAddress}-127.5.9.2`, true)],
          className: "porthole.dev/lb",
          isDefault: true,
          proxyHealthPort,
          log: silentLogger,
        }),
        slowStartMs: 0,
        log: silentLogger,
        signal,
        onReady,
      }),
    );
    await balancer.ready;
    await untilAllAnswer();
  });
  after(async () => {
    await balancer?.stop();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    pod.close();
    await cluster?.close();
  });

  test("no built-in health checking, no automatic failover: a client of a dead node is refused; the balancer's notices nothing", async () => {
    const [dead, ...alive] = nodeAddresses;
    await proxies[0]?.stop();
    assert.deepEqual(await outcomes(dead, nodePort, 10), ["ECONNREFUSED"]);
    assert.deepEqual(await outcomes(virtualAddress, httpPort, 100), alive);
    proxies[0] = startProxy(0);
    await untilAllAnswer();
  });

  test("no public IP unless the node has one: a NodePort lives and ends with its node's address; the balancer's is nobody's", async () => {
    const before = await cluster.client.get(services, { namespace: "default", name: "web" });
    assert.deepEqual(before?.status.loadBalancer?.ingress, [{ ip: virtualAddress, ipMode: "Proxy" }]);
    assert.ok(!(nodeAddresses as readonly string[]).includes(virtualAddress));
    await proxies[2]?.stop();
    await cluster.client.delete(nodes, { name: "node-3" });
    assert.equal(await outcome(nodeAddresses[2], nodePort), "ECONNREFUSED");
    assert.deepEqual(await outcomes(virtualAddress, httpPort, 50), nodeAddresses.slice(0, 2));
    await createNode(cluster.client, "node-3", [nodeAddresses[2]]);
    proxies[2] = startProxy(2);
    await untilAllAnswer();
  });

  test("not for large-scale systems: all clients of an address burden one node; the balancer spreads them over all", async () => {
    assert.deepEqual(await outcomes(nodeAddresses[0], nodePort, 60), [nodeAddresses[0]]);
    assert.deepEqual(await outcomes(virtualAddress, httpPort, 60), nodeAddresses);
  });

  test("exposes high ports: the API gives no nodePort below 30000; the balancer answers on 80 and 443", async () => {
    await assert.rejects(
      createService(cluster.client, { name: "low", clusterIP: "10.96.5.9", nodePort: 80 }),
      (error) => isInvalid(error) && /valid ports is 30000-32767/.test(String(error)),
    );
    assert.ok((nodeAddresses as readonly string[]).includes(await outcome(virtualAddress, 80)));
    assert.ok((nodeAddresses as readonly string[]).includes(await outcome("127.5.9.2", 443)));
  });

  test("the production pattern: balancer, NodeIP:NodePort, Service, pod; and the pod's end is refused, not silence", async () => {
    assert.ok((nodeAddresses as readonly string[]).includes(await outcome(virtualAddress, httpPort)));
    await cluster.client.delete(endpointSlices, { name: "ingress-abc", namespace: "default" });
    await untilAnswers("127.5.9.2", 443, (answer) => answer === "ECONNREFUSED");
    assert.ok((nodeAddresses as readonly string[]).includes(await outcome(virtualAddress, httpPort)));
  });
});
