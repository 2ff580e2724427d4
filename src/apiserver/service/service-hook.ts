/** ServiceHook: a Service is stored together with the addresses and ports that it takes (storage.go beginCreate, beginUpdate, afterDelete). */
import { endpointsDefinition } from "../../api/discovery/endpoints-definition.ts";
import type { Service, ServiceSpec } from "../../api/service.ts";
import type { Clock } from "../../lib/clock.ts";
import { storageKey } from "../registry/storage-key.ts";
import type { PreparedWrite, WriteHook } from "../write-hook.ts";
import { carryOver, completeClusterIps } from "./carry-over.ts";
import { addressesOf, createClusterIps, updateClusterIps } from "./cluster-ips.ts";
import { createIpAddress } from "./ip-address-object.ts";
import { initIpFamilies } from "./ip-families.ts";
import { createNodePorts, updateNodePorts } from "./node-ports.ts";
import {
  beginTransaction,
  ownerOf,
  type ServiceAllocators,
  type ServiceTransaction,
} from "./service-allocators.ts";
import { deleteIpAddresses, writePortKeys } from "./service-writes.ts";

/** `settle`: see WriteHook. */
export function createServiceHook(
  allocators: ServiceAllocators,
  clock: Clock,
  settle?: () => Promise<void>,
): WriteHook<Service> {
  return {
    create: (service) =>
      inTransaction(allocators, service, (transaction) =>
        createService(allocators, transaction, service, clock.now()),
      ),
    update: (next, old) =>
      inTransaction(allocators, old, (transaction) =>
        updateService(allocators, transaction, next, old, clock.now()),
      ),
    remove: (service) =>
      inTransaction(allocators, service, (transaction) => removeService(allocators, transaction, service)),
    ...(settle ? { settle } : {}),
  };
}

type Prepared = Pick<PreparedWrite<Service>, "object" | "writes">;

/** What a failure has taken is given back before the error goes on. */
function inTransaction(
  allocators: ServiceAllocators,
  service: Service,
  run: (transaction: ServiceTransaction) => Prepared,
): PreparedWrite<Service> {
  const transaction = beginTransaction(allocators, ownerOf(service));
  try {
    return { ...run(transaction), commit: transaction.commit, revert: transaction.revert };
  } catch (error) {
    transaction.revert();
    throw error;
  }
}

function createService(
  allocators: ServiceAllocators,
  transaction: ServiceTransaction,
  service: Service,
  nowMs: number,
): Prepared {
  const complete = withFamilies(allocators, service, completeClusterIps(service.spec));
  const { spec, taken } = createClusterIps(complete, transaction);
  const object = finished(service, createNodePorts({ ...service, spec }, portsOf(allocators, transaction)));
  const addresses = taken.map((address) => createIpAddress(object, address, nowMs));
  return { object, writes: [...addresses, ...writePortKeys(allocators, object, undefined)] };
}

function updateService(
  allocators: ServiceAllocators,
  transaction: ServiceTransaction,
  next: Service,
  old: Service,
  nowMs: number,
): Prepared {
  const complete = withFamilies(allocators, next, carryOver(next, old), old);
  const { spec, taken, given } = updateClusterIps(complete, old, transaction);
  for (const { family, address } of given) {
    if (allocators.clusterIps.has(family)) transaction.clusterIps(family).releaseOnCommit(address);
  }
  const ports = portsOf(allocators, transaction);
  const object = finished(next, updateNodePorts({ ...next, spec }, old, ports));
  const created = taken.map((address) => createIpAddress(object, address, nowMs));
  const deleted = deleteIpAddresses(allocators, ownerOf(old), given);
  return { object, writes: [...created, ...deleted, ...writePortKeys(allocators, object, old)] };
}

function removeService(
  allocators: ServiceAllocators,
  transaction: ServiceTransaction,
  service: Service,
): Prepared {
  const owner = ownerOf(service);
  for (const port of allocators.nodePorts.heldBy(owner)) transaction.nodePorts.releaseOnCommit(port);
  for (const [family, allocator] of allocators.clusterIps) {
    for (const address of allocator.heldBy(owner)) transaction.clusterIps(family).releaseOnCommit(address);
  }
  const { namespace, name } = service.metadata;
  const endpoints = { key: storageKey(endpointsDefinition, { namespace, name }) };
  const addresses = deleteIpAddresses(allocators, owner, addressesOf(service.spec));
  return {
    object: service,
    writes: [endpoints, ...addresses, ...writePortKeys(allocators, undefined, service)],
  };
}

function portsOf({ nodePorts }: ServiceAllocators, { nodePorts: operation }: ServiceTransaction) {
  return { range: nodePorts.range, operation };
}

function withFamilies(
  { primaryFamily: primary, clusterIps }: ServiceAllocators,
  service: Service,
  spec: ServiceSpec,
  old?: Service,
): Service {
  const families = { primary, all: [...clusterIps.keys()] };
  return { ...service, spec: initIpFamilies({ ...service, spec }, old, families) };
}

function finished(service: Service, spec: ServiceSpec): Service {
  return { ...service, spec: dropInternalTraffic(spec) };
}

/** ExternalName has no traffic of its own; a value that is no policy at all is left for validation to refuse. */
function dropInternalTraffic(spec: ServiceSpec): ServiceSpec {
  const { internalTrafficPolicy, ...rest } = spec;
  const isPolicy = internalTrafficPolicy === "Cluster" || internalTrafficPolicy === "Local";
  return spec.type === "ExternalName" && isPolicy ? rest : spec;
}
