/** ServiceAllocators: the ranges of a cluster that Services take numbers from, and what one write takes of them. */
import {
  type AllocationOperation,
  type ClusterIpAllocator,
  createClusterIpAllocator,
  createNodePortAllocator,
  type NodePortAllocator,
  type Random,
} from "../../allocator/index.ts";
import type { IPFamily, Service } from "../../api/service.ts";

export interface ServiceAllocators {
  /** The family of the first service range. */
  readonly primaryFamily: IPFamily;
  /** One or both families. */
  readonly clusterIps: ReadonlyMap<IPFamily, ClusterIpAllocator>;
  readonly nodePorts: NodePortAllocator;
}

/** `clusterIpRange` is `10.96.0.0/16` or `10.96.0.0/16,fd00:10:96::/112`. Throws an error that says what a range looks like. */
export function createServiceAllocators(
  clusterIpRange: string,
  nodePortRange: string,
  random: Random,
): ServiceAllocators {
  const all = clusterIpRange.split(",").map((range) => createClusterIpAllocator(range, random));
  const [primary, secondary, ...others] = all;
  if (!primary || others.length > 0 || primary.family === secondary?.family) {
    throw new RangeError(
      `Cannot use the service ranges "${clusterIpRange}": give one range, or one of each address family`,
    );
  }
  return {
    primaryFamily: primary.family,
    clusterIps: new Map(all.map((allocator) => [allocator.family, allocator])),
    nodePorts: createNodePortAllocator(nodePortRange, random),
  };
}

/** `default/web/UID`: a Service that is created again under its old name is another owner. */
export function ownerOf({ metadata }: Service): string {
  return `${metadata.namespace ?? ""}/${metadata.name}/${metadata.uid}`;
}

/** What one write of a Service takes and gives back, of all ranges. */
export interface ServiceTransaction {
  readonly nodePorts: AllocationOperation<number>;
  /** NOTE: only for families that the cluster has. */
  clusterIps(family: IPFamily): AllocationOperation<string>;
  commit(): void;
  revert(): void;
}

export function beginTransaction(allocators: ServiceAllocators, owner: string): ServiceTransaction {
  const nodePorts = allocators.nodePorts.begin(owner);
  const clusterIps = new Map(
    [...allocators.clusterIps].map(([family, allocator]) => [family, allocator.begin(owner)]),
  );
  const all = [nodePorts, ...clusterIps.values()];
  return {
    nodePorts,
    clusterIps(family) {
      const operation = clusterIps.get(family);
      if (!operation) throw new TypeError(`Cannot allocate: ${family} is not configured`);
      return operation;
    },
    commit() {
      for (const operation of all) operation.commit();
    },
    revert() {
      for (const operation of all) operation.revert();
    },
  };
}
