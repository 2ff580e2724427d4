/** ServiceHook: a Service is stored together with the addresses and ports that it takes (storage.go beginCreate, beginUpdate, afterDelete). */
import { endpointsDefinition } from "../../api/discovery/endpoints-definition.ts";
import type { Service, ServiceSpec } from "../../api/service.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Write } from "../../store/index.ts";
import { storageKey } from "../registry/storage-key.ts";
import type { PreparedWrite, WriteHook } from "../write-hook.ts";
import { carryOver, completeClusterIps } from "./carry-over.ts";
import { addressesOf, createClusterIps, type FamilyAddress, updateClusterIps } from "./cluster-ips.ts";
import { createIpAddress, ipAddressKey } from "./ip-address-object.ts";
import { initIpFamilies } from "./ip-families.ts";
import { changedNodePorts, nodePortKey, takeNodePort } from "./node-port-key.ts";
import { createNodePorts, updateNodePorts } from "./node-ports.ts";
import {
  beginTransaction,
  ownerOf,
  type ServiceAllocators,
  type ServiceTransaction,
} from "./service-allocators.ts";

/** `settle`: see WriteHook. */
export function createServiceHook(
  allocators: ServiceAllocators,
  clock: Clock,
  settle?: () => Promise<void>,
): WriteHook<Service> {
  const families = { primary: allocators.primaryFamily, all: [...allocators.clusterIps.keys()] };
  const { nodePorts } = allocators;

  function portsOf({ nodePorts: operation }: ServiceTransaction) {
    return { range: nodePorts.range, operation };
  }

  /** What a failure has taken is given back before the error goes on. */
  function inTransaction(
    service: Service,
    run: (transaction: ServiceTransaction) => Pick<PreparedWrite<Service>, "object" | "writes">,
  ): PreparedWrite<Service> {
    const transaction = beginTransaction(allocators, ownerOf(service));
    try {
      return { ...run(transaction), commit: transaction.commit, revert: transaction.revert };
    } catch (error) {
      transaction.revert();
      throw error;
    }
  }

  /** An address that another Service has as well keeps its object. */
  function deleteIpAddresses(owner: string, given: readonly FamilyAddress[]): readonly Write[] {
    return given.flatMap(({ family, address }) => {
      const holders = allocators.clusterIps.get(family)?.holders(address) ?? [];
      return holders.every((holder) => holder === owner) ? [{ key: ipAddressKey(address) }] : [];
    });
  }

  /** A port that another Service has as well keeps its key. */
  function portWrites(next: Service | undefined, old: Service | undefined): readonly Write[] {
    const { taken, given } = changedNodePorts(next, old);
    const owner = old && ownerOf(old);
    const free = given.filter((port) => nodePorts.holders(port).every((holder) => holder === owner));
    return [
      ...taken.flatMap((port) => (next ? [takeNodePort(port, next)] : [])),
      ...free.map((port) => ({ key: nodePortKey(port) })),
    ];
  }

  function withFamilies(service: Service, spec: ServiceSpec, old?: Service): Service {
    return { ...service, spec: initIpFamilies({ ...service, spec }, old, families) };
  }

  function finished(service: Service, spec: ServiceSpec): Service {
    return { ...service, spec: dropInternalTraffic(spec) };
  }

  return {
    create: (service) =>
      inTransaction(service, (transaction) => {
        const complete = withFamilies(service, completeClusterIps(service.spec));
        const { spec, taken } = createClusterIps(complete, transaction);
        const object = finished(service, createNodePorts({ ...service, spec }, portsOf(transaction)));
        const addresses = taken.map((address) => createIpAddress(object, address, clock.now()));
        return { object, writes: [...addresses, ...portWrites(object, undefined)] };
      }),

    update: (next, old) =>
      inTransaction(old, (transaction) => {
        const complete = withFamilies(next, carryOver(next, old), old);
        const { spec, taken, given } = updateClusterIps(complete, old, transaction);
        for (const { family, address } of given) {
          if (allocators.clusterIps.has(family)) transaction.clusterIps(family).releaseOnCommit(address);
        }
        const object = finished(next, updateNodePorts({ ...next, spec }, old, portsOf(transaction)));
        const created = taken.map((address) => createIpAddress(object, address, clock.now()));
        const deleted = deleteIpAddresses(ownerOf(old), given);
        return { object, writes: [...created, ...deleted, ...portWrites(object, old)] };
      }),

    remove: (service) =>
      inTransaction(service, (transaction) => {
        const owner = ownerOf(service);
        for (const port of nodePorts.heldBy(owner)) transaction.nodePorts.releaseOnCommit(port);
        for (const [family, allocator] of allocators.clusterIps) {
          for (const address of allocator.heldBy(owner))
            transaction.clusterIps(family).releaseOnCommit(address);
        }
        const { namespace, name } = service.metadata;
        const endpoints = { key: storageKey(endpointsDefinition, { namespace, name }) };
        return {
          object: service,
          writes: [
            endpoints,
            ...deleteIpAddresses(owner, addressesOf(service.spec)),
            ...portWrites(undefined, service),
          ],
        };
      }),

    ...(settle ? { settle } : {}),
  };
}

/** ExternalName has no traffic of its own; a value that is no policy at all is left for validation to refuse. */
function dropInternalTraffic(spec: ServiceSpec): ServiceSpec {
  const { internalTrafficPolicy, ...rest } = spec;
  const isPolicy = internalTrafficPolicy === "Cluster" || internalTrafficPolicy === "Local";
  return spec.type === "ExternalName" && isPolicy ? rest : spec;
}
