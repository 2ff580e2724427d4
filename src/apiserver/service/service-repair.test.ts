import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeEvent } from "../../api/event.ts";
import type { Service, ServicePort } from "../../api/service.ts";
import { serviceDefinition } from "../../api/service-definition.ts";
import { silentLogger } from "../../lib/log.ts";
import { createManualClock } from "../../lib/manual-clock.ts";
import type { Store } from "../../store/index.ts";
import { encodeObject } from "../registry/object-text.ts";
import { storageKey } from "../registry/storage-key.ts";
import { createServiceAllocators } from "./service-allocators.ts";
import { startServiceRepair } from "./service-repair.ts";
import { dualStack, makeCluster, makeService } from "./testing.ts";

const threeMinutesMs = 180_000;

async function repairOf(store: Store, nodePorts = "30000-32767", ranges = dualStack) {
  const clock = createManualClock();
  const allocators = createServiceAllocators(ranges, nodePorts, Math.random);
  const repair = await startServiceRepair({ store, allocators, clock, log: silentLogger });
  return {
    allocators,
    repair,
    /** Lets one pass run to its end. */
    async pass() {
      clock.advance(threeMinutesMs);
      while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

async function events(store: Store): Promise<readonly string[]> {
  const { entries } = await store.list("core/events/");
  return entries
    .map(({ value }) => JSON.parse(value) as KubeEvent)
    .map(
      ({ involvedObject, reason, message, count }) =>
        `${involvedObject.name} ${reason} x${count}: ${message}`,
    )
    .toSorted();
}

function withPort(name: string, nodePort: number, clusterIP: string): Service {
  const ports = [{ port: 80, protocol: "TCP", targetPort: 80, nodePort }] satisfies ServicePort[];
  return makeService(name, {
    type: "NodePort",
    ports,
    clusterIP,
    clusterIPs: [clusterIP],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
  });
}

/** Stores Services as they are, whatever they contradict. */
async function storeAll(store: Store, services: readonly Service[]): Promise<void> {
  for (const service of services) {
    const { namespace, name } = service.metadata;
    await store.commit([
      { key: storageKey(serviceDefinition, { namespace, name }), value: encodeObject(service) },
    ]);
  }
}

test("a server that starts again knows what its Services have, and has nothing to tell", async () => {
  const { store, ...cluster } = await makeCluster();
  const a = await cluster.create(makeService("a", { type: "NodePort", ipFamilyPolicy: "RequireDualStack" }));
  const { allocators, repair } = await repairOf(store);
  assert.deepEqual(allocators.nodePorts.held(), [a.spec.ports?.[0]?.nodePort]);
  assert.deepEqual(
    [...allocators.clusterIps.values()].flatMap((allocator) => allocator.held()),
    a.spec.clusterIPs,
  );
  assert.deepEqual(await events(store), []);
  await repair.stop();
  await store.close();
});

test("duplicates and numbers out of range are told, in kube-apiserver's words, and never changed", async () => {
  const { store } = await makeCluster();
  await storeAll(store, [
    withPort("a", 30001, "10.96.0.5"),
    withPort("b", 30001, "10.96.0.5"),
    withPort("c", 31001, "10.99.0.5"),
  ]);
  const before = (await store.list("core/services/")).entries;
  const { allocators, repair, pass } = await repairOf(store, "30000-30999");
  await pass();
  assert.deepEqual(await events(store), [
    "a ClusterIPNotAllocated x1: Cluster IP [IPv4]: 10.96.0.5 is not allocated; repairing",
    "b ClusterIPAlreadyAllocated x2: Cluster IP [IPv4]:10.96.0.5 was assigned to multiple services; please recreate service",
    "b PortAlreadyAllocated x2: Port 30001 was assigned to multiple services; please recreate service",
    "c ClusterIPOutOfRange x2: Cluster IP [IPv4]: 10.99.0.5 is not within any configured Service CIDR; please recreate service",
    "c PortOutOfRange x2: Port 31001 is not within the port range 30000-30999; please recreate service",
  ]);
  assert.deepEqual((await store.list("core/services/")).entries, before);
  assert.equal(allocators.nodePorts.holders(30001).length, 2);
  await repair.stop();
  await store.close();
});

test("a port that a stored Service has but nobody holds is held again, with an event", async () => {
  const { store } = await makeCluster();
  const { allocators, repair, pass } = await repairOf(store);
  await storeAll(store, [withPort("a", 30001, "10.96.0.5")]);
  await pass();
  assert.ok((await events(store)).includes("a PortNotAllocated x1: Port 30001 is not allocated; repairing"));
  assert.equal(allocators.nodePorts.holders(30001).length, 1);
  await repair.stop();
  await store.close();
});

test("a port that leaked is free after three passes", async () => {
  const { store } = await makeCluster();
  const { allocators, repair, pass } = await repairOf(store);
  allocators.nodePorts.claim(30001, "default/gone/uid");
  await pass();
  await pass();
  assert.deepEqual(allocators.nodePorts.held(), [30001]);
  await pass();
  assert.deepEqual(allocators.nodePorts.held(), []);
  await repair.stop();
  await store.close();
});

test("IPAddress objects are made, put right and removed as the Services say", async () => {
  const { store, ...cluster } = await makeCluster();
  const a = await cluster.create(makeService("a", { clusterIP: "10.96.0.5" }));
  const b = await cluster.create(makeService("b", { clusterIP: "10.96.0.6" }));
  await cluster.create(makeService("c", { clusterIP: "10.96.0.7" }));
  const key = (address: string) => `networking.k8s.io/ipaddresses/${address}`;
  const wrong = (await store.get(key("10.96.0.7")))?.value ?? "";
  await store.commit([
    { key: key("10.96.0.5") },
    { key: key("10.96.0.6"), value: wrong.replace(".7", ".6") },
  ]);
  await store.commit([{ key: storageKey(serviceDefinition, { namespace: "default", name: "c" }) }]);
  const { repair } = await repairOf(store);
  const parents = (await store.list("networking.k8s.io/ipaddresses/")).entries.map(({ value }) => {
    const { metadata, spec } = JSON.parse(value);
    return `${metadata.name} ${spec.parentRef.name}`;
  });
  assert.deepEqual(parents, [`10.96.0.5 ${a.metadata.name}`, `10.96.0.6 ${b.metadata.name}`]);
  await repair.stop();
  await store.close();
});
