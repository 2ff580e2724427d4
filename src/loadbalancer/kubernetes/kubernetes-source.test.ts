import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Service } from "../../api/service.ts";
import { events, nodes, services } from "../../client/index.ts";
import { silentLogger } from "../../lib/log.ts";
import {
  createNode,
  createService,
  createSlice,
  startTestCluster,
} from "../../proxy/testing/test-cluster.ts";
import { parseAddressPool } from "../addresses/address-pool.ts";
import type { BalancedFrontend } from "../balanced-frontend.ts";
import { type KubernetesSourceOptions, openKubernetesSource } from "./kubernetes-source.ts";

const cluster = await startTestCluster();
after(() => cluster.close());
await createNode(cluster.client, "node-1", ["192.0.2.11"]);
await createNode(cluster.client, "node-2", ["192.0.2.12"]);

type Frontends = ReadonlyMap<string, BalancedFrontend>;

/** A source that runs until it is disposed of, and what it said last. */
function follow(identity: string, changes: Partial<KubernetesSourceOptions> = {}) {
  const stop = new AbortController();
  let current: Frontends = new Map();
  const waiting = new Set<() => void>();
  const source = openKubernetesSource({
    client: cluster.client,
    identity,
    pools: [parseAddressPool("public=203.0.113.1-203.0.113.2", true)],
    className: "porthole.dev/lb",
    isDefault: true,
    proxyHealthPort: 10_256,
    log: silentLogger,
    ...changes,
  });
  const ended = source.follow((frontends) => {
    current = frontends;
    for (const look of waiting) look();
  }, stop.signal);
  return {
    source,
    /** Resolves when the frontends are so. */
    until: (isRight: (frontends: Frontends) => boolean) =>
      new Promise<Frontends>((resolve) => {
        const look = () => {
          if (!isRight(current)) return;
          waiting.delete(look);
          resolve(current);
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

let count = 0;
async function createBalanced(name: string, spec: Partial<Service["spec"]> = {}, annotations = {}) {
  count += 1;
  const place = { clusterIP: `10.96.1.${count}`, nodePort: 30_100 + count };
  const service = await createService(cluster.client, {
    name,
    ...place,
    spec: { type: "LoadBalancer", ...spec },
    annotations,
  });
  const endpoints = [{ addresses: ["10.180.0.1"], nodeName: "node-1" }];
  await createSlice(cluster.client, { service: name, port: 8080, endpoints });
  return service;
}

const statusOf = async (name: string) =>
  (await cluster.client.get(services, { namespace: "default", name }))?.status.loadBalancer?.ingress;
const remove = (name: string) => cluster.client.delete(services, { namespace: "default", name });
const portsOf = (frontends: Frontends) =>
  [...frontends.values()].map(({ address, port }) => `${address}:${port}`);

describe("the Kubernetes API as the source of frontends", () => {
  test("a LoadBalancer Service gets an address, and leads to its NodePort on all nodes; a deleted one gives it back", async () => {
    const service = await createBalanced("web");
    await using following = follow("one");
    const frontends = await following.until(({ size }) => size === 1);
    const [frontend] = frontends.values();
    const nodePort = service.spec.ports?.[0]?.nodePort;
    assert.deepEqual(portsOf(frontends), [`203.0.113.1:${service.spec.ports?.[0]?.port}`]);
    assert.deepEqual(
      frontend?.backends.map(({ key, check }) => [key, check]),
      ["192.0.2.11", "192.0.2.12"].map((address) => [
        `${address}:${nodePort}`,
        { kind: "http", address, port: 10_256, path: "/healthz" },
      ]),
    );
    assert.deepEqual(await statusOf("web"), [{ ip: "203.0.113.1", ipMode: "Proxy" }]);
    await remove("web");
    await following.until(({ size }) => size === 0);
    await createBalanced("next");
    await following.until((all) => portsOf(all).some((place) => place.startsWith("203.0.113.1:")));
    await remove("next");
  });

  test("excluded nodes and those that are to be deleted leave at once, and are back at once", async () => {
    await createBalanced("nodes");
    await using following = follow("one");
    const nodesOf = (frontends: Frontends) =>
      [...frontends.values()].flatMap(({ backends }) => backends.map(({ node }) => node)).join();
    await following.until((frontends) => nodesOf(frontends) === "node-1,node-2");
    const patch = (body: object) => cluster.client.patch(nodes, { name: "node-2" }, "merge", body);
    await patch({ metadata: { labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } } });
    await following.until((frontends) => nodesOf(frontends) === "node-1");
    await patch({
      metadata: { labels: { "node.kubernetes.io/exclude-from-external-load-balancers": null } },
    });
    await following.until((frontends) => nodesOf(frontends) === "node-1,node-2");
    await patch({ spec: { taints: [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] } });
    await following.until((frontends) => nodesOf(frontends) === "node-1");
    await patch({ spec: { taints: null } });
    await following.until((frontends) => nodesOf(frontends) === "node-1,node-2");
    await remove("nodes");
  });

  test("with policy Local only nodes with ready endpoints take part, asked on the health check port", async () => {
    const service = await createBalanced("local", { externalTrafficPolicy: "Local" });
    await using following = follow("one");
    const [frontend] = (await following.until(({ size }) => size === 1)).values();
    assert.deepEqual(
      frontend?.backends.map(({ node, check }) => [node, check?.port]),
      [["node-1", service.spec.healthCheckNodePort]],
    );
    await remove("local");
  });

  test("an exhausted pool is an Event on the Service, and an address that is free again is given", async () => {
    for (const name of ["first", "second", "third"]) await createBalanced(name);
    await using following = follow("one");
    const full = await following.until(({ size }) => size === 2);
    assert.equal(new Set(portsOf(full)).size, 2);
    const happened = async () =>
      (await cluster.client.list(events, { namespace: "default" })).items.some(
        ({ reason, involvedObject }) => reason === "AddressPoolExhausted" && involvedObject.name === "third",
      );
    while (!(await happened()));
    await remove("first");
    await following.until((all) => [...all.values()].some(({ service }) => service.name === "third"));
    for (const name of ["second", "third"]) await remove(name);
  });

  test("a NodePort Service that asks by annotation is served at that address and those ports", async () => {
    await createBalanced(
      "asking",
      { type: "NodePort" },
      { "porthole.dev/load-balancer-address": "203.0.113.2", "porthole.dev/load-balancer-ports": "8443" },
    );
    await using following = follow("one");
    assert.deepEqual(portsOf(await following.until(({ size }) => size === 1)), ["203.0.113.2:8443"]);
    assert.equal(await statusOf("asking"), undefined);
    await remove("asking");
  });

  test("a class that is another's, and no class where that is not the default, are left alone", async () => {
    await createBalanced("foreign", { loadBalancerClass: "example.com/other" });
    await createBalanced("classless");
    await createBalanced("ours", { loadBalancerClass: "porthole.dev/lb" });
    await using following = follow("one", { isDefault: false });
    const [frontend] = (await following.until(({ size }) => size === 1)).values();
    assert.equal(frontend?.service.name, "ours");
    for (const name of ["foreign", "classless"]) assert.equal(await statusOf(name), undefined);
    for (const name of ["foreign", "classless", "ours"]) await remove(name);
  });

  test("two balancers serve the same, one of them writes, and the other goes on when it ends", async () => {
    await createBalanced("shared");
    await using second = await (async () => {
      await using first = follow("first");
      await first.until(({ size }) => size === 1);
      const following = follow("second");
      await following.until(({ size }) => size === 1);
      return following;
    })();
    await createBalanced("later");
    const both = await second.until(({ size }) => size === 2);
    assert.deepEqual(new Set(portsOf(both).map((place) => place.split(":")[0])).size, 2);
    for (const name of ["shared", "later"]) await remove(name);
  });

  test("a port that cannot be had is an error in the status, and is taken back when it can", async () => {
    const service = await createBalanced("busy");
    await using following = follow("one");
    const [frontend] = (await following.until(({ size }) => size === 1)).values();
    const port = service.spec.ports?.[0]?.port;
    following.source.report?.([{ frontend: frontend?.key ?? "", code: "permission-denied", message: "no" }]);
    const error = async () => (await statusOf("busy"))?.[0]?.ports;
    while ((await error()) === undefined);
    assert.deepEqual(await error(), [{ port, protocol: "TCP", error: "porthole.dev/PermissionDenied" }]);
    following.source.report?.([]);
    while ((await error()) !== undefined);
    await remove("busy");
  });
});
