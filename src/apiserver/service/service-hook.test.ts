import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Service, ServicePort, ServiceSpec } from "../../api/service.ts";
import { serviceDefinition } from "../../api/service-definition.ts";
import { systemClock } from "../../lib/clock.ts";
import { ApiStatusError } from "../errors.ts";
import { addressesOf } from "./cluster-ips.ts";
import { canonicalAddress } from "./ip-address-object.ts";
import { createServiceAllocators, ownerOf, type ServiceAllocators } from "./service-allocators.ts";
import { createServiceHook } from "./service-hook.ts";
import { claimedNodePorts } from "./service-ports.ts";
import { makeCluster, makeService } from "./testing.ts";

const names = ["a", "b", "c"];

const portArbitrary = fc.record(
  {
    name: fc.constantFrom("x", "y", "z"),
    port: fc.integer({ min: 80, max: 82 }),
    protocol: fc.constantFrom("TCP" as const, "UDP" as const),
    nodePort: fc.integer({ min: 29_999, max: 30_006 }),
  },
  { requiredKeys: ["name", "port", "protocol"] },
);

const specArbitrary = fc.record(
  {
    type: fc.constantFrom("ClusterIP", "NodePort", "NodePort", "LoadBalancer", "ExternalName"),
    ports: fc.array(portArbitrary, { minLength: 1, maxLength: 3 }),
    clusterIP: fc.constantFrom("None", "10.96.0.1", "10.96.0.2", "fd00::1", "10.1.1.1"),
    ipFamilyPolicy: fc.constantFrom("SingleStack", "PreferDualStack", "RequireDualStack"),
    externalTrafficPolicy: fc.constantFrom("Cluster", "Local"),
    allocateLoadBalancerNodePorts: fc.boolean(),
  },
  { requiredKeys: ["type", "ports"] },
);

interface Step {
  readonly name: string;
  readonly verb: "write" | "remove";
  readonly spec: unknown;
  /** What becomes of the write: stored, refused by the store or a dry run, or still under way while others follow. */
  readonly outcome: "stored" | "refused" | "late-stored" | "late-refused";
}

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom(...names),
  verb: fc.constantFrom("write", "write", "write", "remove"),
  spec: specArbitrary,
  outcome: fc.constantFrom("stored", "stored", "refused", "late-stored", "late-refused"),
});

test("after any writes what is held is what the stored Services have", () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 25 }), (steps) => {
      const small = createServiceAllocators("10.96.0.0/29,fd00::/125", "30000-30005", Math.random);
      const stored = new Map<string, Service>();
      const late: (() => void)[] = [];
      const busy = new Set<string>();
      for (const step of steps) {
        if (busy.has(step.name)) continue;
        const end = take(step, small, stored);
        if (!end) continue;
        if (!step.outcome.startsWith("late")) end();
        else {
          busy.add(step.name);
          late.push(end);
        }
        expectNoDuplicates(small);
      }
      for (const end of late.reverse()) end();
      expectHeld(small, [...stored.values()]);
      const hook = createServiceHook(small, systemClock);
      for (const service of stored.values()) hook.remove(service).commit();
      expectHeld(small, []);
    }),
    { numRuns: 300 },
  );
});

/** Prepares the write and returns what ends it; undefined if it was refused, which must have changed nothing. */
function take(
  { name, verb, spec, outcome }: Step,
  allocators: ServiceAllocators,
  stored: Map<string, Service>,
): (() => void) | undefined {
  const hook = createServiceHook(allocators, systemClock);
  const old = stored.get(name);
  const before = heldText(allocators);
  try {
    if (verb === "remove" && !old) return undefined;
    const fresh = makeService(name, spec as Partial<ServiceSpec>);
    const next = old ? { ...fresh, metadata: old.metadata } : fresh;
    const prepared =
      verb === "remove" && old
        ? hook.remove(old)
        : old
          ? hook.update(serviceDefinition.prepareForUpdate?.(next, old) ?? next, old)
          : hook.create(next);
    const errors =
      verb === "remove"
        ? []
        : old
          ? serviceDefinition.validateUpdate?.(prepared.object, old)
          : serviceDefinition.validate?.(prepared.object);
    return () => {
      if (outcome.endsWith("refused") || errors?.length) return prepared.revert();
      if (verb === "remove") stored.delete(name);
      else stored.set(name, prepared.object);
      prepared.commit();
    };
  } catch (error) {
    assert.ok(error instanceof ApiStatusError, String(error));
    assert.equal(heldText(allocators), before);
    return undefined;
  }
}

function heldText({ nodePorts, clusterIps }: ServiceAllocators): string {
  const addresses = [...clusterIps.values()].flatMap((allocator) => allocator.held());
  return JSON.stringify([nodePorts.held().toSorted(), addresses.toSorted()]);
}

function expectNoDuplicates({ nodePorts }: ServiceAllocators): void {
  for (const port of nodePorts.held()) assert.equal(nodePorts.holders(port).length, 1, `${port}`);
}

function expectHeld({ nodePorts, clusterIps }: ServiceAllocators, services: readonly Service[]): void {
  const ports = services.flatMap((service) =>
    [...new Set(claimedNodePorts(service))].map((port) => `${port} ${ownerOf(service)}`),
  );
  const heldPorts = nodePorts.held().map((port) => `${port} ${nodePorts.holders(port).join()}`);
  assert.deepEqual(heldPorts.toSorted(), ports.toSorted());
  const addresses = services.flatMap((service) =>
    addressesOf(service.spec).map(({ address }) => `${canonicalAddress(address)} ${ownerOf(service)}`),
  );
  const heldAddresses = [...clusterIps.values()].flatMap((allocator) =>
    allocator.held().map((address) => `${address} ${allocator.holders(address).join()}`),
  );
  assert.deepEqual(heldAddresses.toSorted(), addresses.toSorted());
}

test("a Service that is made again under the same name is refused its own number", async () => {
  const cluster = await makeCluster();
  const ports = [{ port: 80, nodePort: 30044, protocol: "TCP", targetPort: 80 }] satisfies ServicePort[];
  const first = await cluster.create(makeService("a", { type: "NodePort", ports }));
  await assert.rejects(cluster.create(makeService("a", { type: "NodePort", ports })), /already allocated/);
  assert.deepEqual(cluster.allocators.nodePorts.holders(30044), [ownerOf(first)]);
  await cluster.store.close();
});

test("removing a Service removes its Endpoints in the same commit", async () => {
  const cluster = await makeCluster();
  const service = await cluster.create(makeService("a", {}));
  await cluster.store.commit([{ key: "core/endpoints/default/a", value: "{}" }]);
  await cluster.remove(service);
  assert.deepEqual((await cluster.store.list("")).entries, []);
  await cluster.store.close();
});
