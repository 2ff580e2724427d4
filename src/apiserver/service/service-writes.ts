/** What is written beside a Service: the objects of its addresses and the keys of its ports. */
import type { Service } from "../../api/service.ts";
import type { Write } from "../../store/index.ts";
import type { FamilyAddress } from "./cluster-ips.ts";
import { ipAddressKey } from "./ip-address-object.ts";
import { changedNodePorts, nodePortKey, takeNodePort } from "./node-port-key.ts";
import { ownerOf, type ServiceAllocators } from "./service-allocators.ts";

/** An address that another Service has as well keeps its object. */
export function deleteIpAddresses(
  { clusterIps }: ServiceAllocators,
  owner: string,
  given: readonly FamilyAddress[],
): readonly Write[] {
  return given.flatMap(({ family, address }) => {
    const holders = clusterIps.get(family)?.holders(address) ?? [];
    return holders.every((holder) => holder === owner) ? [{ key: ipAddressKey(address) }] : [];
  });
}

/** A port that another Service has as well keeps its key. */
export function writePortKeys(
  { nodePorts }: ServiceAllocators,
  next: Service | undefined,
  old: Service | undefined,
): readonly Write[] {
  const { taken, given } = changedNodePorts(next, old);
  const owner = old && ownerOf(old);
  const free = given.filter((port) => nodePorts.holders(port).every((holder) => holder === owner));
  return [
    ...taken.flatMap((port) => (next ? [takeNodePort(port, next)] : [])),
    ...free.map((port) => ({ key: nodePortKey(port) })),
  ];
}
