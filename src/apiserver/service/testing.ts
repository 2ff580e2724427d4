/** What the tests of this folder share: Services, and hooks on a store that does what the server does with them. */
import assert from "node:assert/strict";
import type { Service, ServiceSpec } from "../../api/service.ts";
import { defaultService } from "../../api/service-default.ts";
import { serviceDefinition } from "../../api/service-definition.ts";
import { systemClock } from "../../lib/clock.ts";
import { openSqliteStore, type Store } from "../../store/index.ts";
import { ApiStatusError } from "../errors.ts";
import { decodeObject, encodeObject } from "../registry/object-text.ts";
import { storageKey, storagePrefix } from "../registry/storage-key.ts";
import type { PreparedWrite } from "../write-hook.ts";
import { createServiceAllocators, type ServiceAllocators } from "./service-allocators.ts";
import { createServiceHook } from "./service-hook.ts";

export const dualStack = "10.96.0.0/16,fd00:10:96::/112";
export const singleStack = "10.97.0.0/24";

let uids = 0;

export function makeService(name: string, spec: Partial<ServiceSpec>): Service {
  return defaultService({
    kind: "Service",
    apiVersion: "v1",
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${++uids}`,
      resourceVersion: "",
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: { ports: [{ port: 80 }], ...spec } as ServiceSpec,
    status: {},
  });
}

export interface TestCluster {
  readonly store: Store;
  readonly allocators: ServiceAllocators;
  create(service: Service): Promise<Service>;
  /** `change` is what a PUT sends: what it leaves out is left out. */
  update(old: Service, change: Partial<ServiceSpec>): Promise<Service>;
  remove(service: Service): Promise<void>;
  /** Prepares without storing, as a dry run does. */
  dryRun(service: Service): Service;
  services(): Promise<readonly Service[]>;
  /** Names of the IPAddress objects. */
  ipAddresses(): Promise<readonly string[]>;
}

export async function makeCluster(ranges = dualStack, nodePorts = "30000-32767"): Promise<TestCluster> {
  const store = await openSqliteStore(":memory:");
  const allocators = createServiceAllocators(ranges, nodePorts, Math.random);
  const hook = createServiceHook(allocators, systemClock);

  async function finish(prepared: PreparedWrite<Service>, value: Service | undefined): Promise<void> {
    const key = storageKey(serviceDefinition, {
      namespace: prepared.object.metadata.namespace,
      name: prepared.object.metadata.name,
    });
    const write = value ? { key, value: encodeObject(value) } : { key };
    const result = await store.commit([write, ...prepared.writes]);
    if (result.committed) prepared.commit();
    else prepared.revert();
    assert.ok(result.committed, JSON.stringify(result));
  }

  return {
    store,
    allocators,
    async create(service) {
      const prepared = hook.create(service);
      await finish(prepared, prepared.object);
      return prepared.object;
    },
    async update(old, change) {
      const sent = { ...makeService(old.metadata.name, change), metadata: old.metadata };
      const prepared = hook.update(serviceDefinition.prepareForUpdate?.(sent, old) ?? sent, old);
      await finish(prepared, prepared.object);
      return prepared.object;
    },
    async remove(service) {
      await finish(hook.remove(service), undefined);
    },
    dryRun(service) {
      const prepared = hook.create(service);
      prepared.revert();
      return prepared.object;
    },
    async services() {
      const { entries } = await store.list(storagePrefix(serviceDefinition));
      return entries.map(
        ({ value, revision }) =>
          decodeObject(value, revision, { kind: "Service", apiVersion: "v1" }) as Service,
      );
    },
    async ipAddresses() {
      const { entries } = await store.list("networking.k8s.io/ipaddresses/");
      return entries.map(({ key }) => key.slice("networking.k8s.io/ipaddresses/".length));
    },
  };
}

/** Asserts that it fails with an ApiStatusError of this code and message. */
export async function rejectsWith(run: Promise<unknown>, code: number, message: string): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof ApiStatusError, String(error));
    assert.deepEqual([error.code, error.message], [code, message]);
    return true;
  });
}
