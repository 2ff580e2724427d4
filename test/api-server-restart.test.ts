import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { EndpointSlice } from "../src/api/endpoint-slice.ts";
import {
  type ApiClient,
  createApiClient,
  endpointSlices,
  type ListWatchCache,
  loadKubeconfig,
  nodes,
  openListWatchCache,
  services,
} from "../src/client/index.ts";
import { createFakeDataplane, type FakeDataplane } from "../src/dataplane/fake/fake-dataplane.ts";
import { silentLogger } from "../src/lib/log.ts";
import { runProxy } from "../src/proxy/index.ts";
import { createApiDirectory, startApiProcess } from "./support/api-process.ts";

const restarts = 4;
const writesBeforeEnd = 5;
const nodePortKey = "NodePort/IPv4/TCP/*:30080";
const sliceKey = { namespace: "default", name: "web-abc" };
/** Linux answers on all of 127.0.0.0/8. */
const listen = `127.${64 + ((process.pid >> 8) % 64)}.${process.pid & 255}.200:6443`;

test("every change that the API server took arrives in caches and proxies, however often it is killed", {
  skip: process.platform !== "linux",
}, async () => {
  await using directory = await createApiDirectory();
  const kubeconfig = join(directory.path, "kubeconfig");
  const start = () => startApiProcess([...directory.args(), "--kubeconfig-out", kubeconfig], listen);
  let server = await start();
  const config = await loadKubeconfig({ path: kubeconfig });
  const client = createApiClient(config, { userAgent: "porthole-test", log: silentLogger });
  const stop = new AbortController();
  const common = { client, log: silentLogger, signal: stop.signal };
  const dataplane = createFakeDataplane();
  await createWeb(client);
  const cache = openListWatchCache({ ...common, resource: endpointSlices });
  const proxy = runProxy({ ...common, nodeName: "node-1", dataplane, healthzBindAddress: "" });
  try {
    const writer = startWriter(client);
    for (let round = 0; round < restarts; round++) {
      await writer.reaches(writer.acknowledged() + writesBeforeEnd);
      await server.kill(round % 2 === 0 ? "SIGKILL" : "SIGTERM");
      server = await start();
    }
    const last = await writer.finish();
    await Promise.all([cacheShows(cache, last), dataplaneShows(dataplane, last)]);
    assert.equal(portOf(await client.get(endpointSlices, sliceKey)), last);
  } finally {
    stop.abort();
    await proxy;
    await client.close();
    await server.kill();
  }
});

interface Writer {
  /** The port that the server last said it has stored. */
  acknowledged(): number;
  reaches(port: number): Promise<void>;
  /** Stops after one more write; resolves with its port. */
  finish(): Promise<number>;
}

/** Counts the endpoint's port up as fast as the server takes it; what fails is tried again. */
function startWriter(client: ApiClient): Writer {
  let acknowledged = 0;
  let target = Number.POSITIVE_INFINITY;
  const waiting = new Set<{ readonly port: number; resolve(): void }>();
  const write = async () => {
    while (acknowledged < target) {
      const port = acknowledged + 1;
      const body = { ports: [{ name: "", port, protocol: "TCP" }] };
      const stored = await client.patch(endpointSlices, sliceKey, "merge", body).catch(() => undefined);
      if (!stored) continue;
      acknowledged = port;
      for (const waiter of waiting) if (waiter.port <= port) waiter.resolve();
    }
  };
  const writing = write();
  return {
    acknowledged: () => acknowledged,
    reaches: (port) =>
      new Promise((resolve) => {
        waiting.add({ port, resolve });
      }),
    async finish() {
      target = acknowledged + 1;
      await writing;
      return acknowledged;
    },
  };
}

async function createWeb(client: ApiClient): Promise<void> {
  await client.create(nodes, {
    metadata: { name: "node-1" },
    status: { addresses: [{ type: "InternalIP", address: "192.0.2.11" }] },
  });
  await client.create(services, {
    metadata: { name: "web", namespace: "default" },
    spec: { type: "NodePort", ports: [{ port: 80, protocol: "TCP", targetPort: 8080, nodePort: 30080 }] },
  });
  await client.create(endpointSlices, {
    metadata: { ...sliceKey, labels: { "kubernetes.io/service-name": "web" } },
    addressType: "IPv4",
    ports: [{ name: "", port: 1, protocol: "TCP" }],
    endpoints: [{ addresses: ["10.180.0.1"] }],
  });
}

function cacheShows(cache: ListWatchCache<EndpointSlice>, port: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (portOf(cache.get(sliceKey)) === port) resolve();
    };
    cache.subscribe(look);
    look();
  });
}

async function dataplaneShows(dataplane: FakeDataplane, port: number): Promise<void> {
  await dataplane.whenApplied(({ frontends }) => {
    const target = frontends.get(nodePortKey)?.external;
    return target?.kind === "forward" && target.backends[0]?.port === port;
  });
}

function portOf(slice: EndpointSlice | undefined): number | undefined {
  return slice?.ports?.[0]?.port;
}
