/** Repair of cluster addresses: each has one IPAddress object, which refers to the Service that has it (ipallocator/controller/repairip.go). */
import { type LeakSightings, repairAllocations } from "../../allocator/index.ts";
import type { IPAddress } from "../../api/ip-address.ts";
import type { IPFamily, Service } from "../../api/service.ts";
import type { Write } from "../../store/index.ts";
import { encodeObject } from "../registry/object-text.ts";
import { addressesOf, type FamilyAddress } from "./cluster-ips.ts";
import { reservationOwner } from "./ip-address-hook.ts";
import { canonicalAddress, ipAddressFor, ipAddressKey, isManaged, refersTo } from "./ip-address-object.ts";
import type { RepairEvent } from "./repair-events.ts";
import { ownerOf, type ServiceAllocators } from "./service-allocators.ts";

export interface AddressRepair {
  readonly events: readonly RepairEvent[];
  /** Each a commit of its own. */
  readonly writes: readonly Write[];
  readonly leaks: LeakSightings<string>;
  readonly freed: readonly string[];
}

interface ServiceAddress extends FamilyAddress {
  readonly service: Service;
  readonly canonical: string;
}

const component = "ipallocator-repair-controller";

export function repairAddresses(
  allocators: ServiceAllocators,
  services: readonly Service[],
  objects: readonly IPAddress[],
  leaks: LeakSightings<string>,
  nowMs: number,
): AddressRepair {
  const all: readonly ServiceAddress[] = services.flatMap((service) =>
    addressesOf(service.spec).map((one) => ({ ...one, service, canonical: canonicalAddress(one.address) })),
  );
  const byAddress = new Map(objects.map((object) => [object.metadata.name, object]));
  const holders = chooseHolders(all, byAddress);
  const checks = all.map((one) =>
    checkAddress(one, allocators, byAddress.get(one.canonical), holders, nowMs),
  );
  const orphans = objects.filter((object) => isManaged(object) && !holders.has(object.metadata.name));
  const held = rebuildHeld(allocators, all, objects, leaks);
  return {
    events: checks.flatMap(({ event }) => event ?? []),
    writes: [
      ...checks.flatMap(({ write }) => write ?? []),
      ...orphans.map((object) => ({
        key: ipAddressKey(object.metadata.name),
        ifRevision: Number(object.metadata.resourceVersion),
      })),
    ],
    ...held,
  };
}

/** Of several Services with one address the one that the object refers to has it, else the first. */
function chooseHolders(
  all: readonly ServiceAddress[],
  objects: ReadonlyMap<string, IPAddress>,
): ReadonlyMap<string, Service> {
  const holders = new Map<string, Service>();
  for (const { canonical, service } of all) {
    const object = objects.get(canonical);
    if (!holders.has(canonical) || (object && refersTo(object, service))) holders.set(canonical, service);
  }
  return holders;
}

interface Check {
  readonly event?: RepairEvent;
  readonly write?: Write;
}

function checkAddress(
  { service, family, address, canonical }: ServiceAddress,
  { clusterIps }: ServiceAllocators,
  object: IPAddress | undefined,
  holders: ReadonlyMap<string, Service>,
  nowMs: number,
): Check {
  const tell = (reason: string, message: string) => ({ service, component, reason, message });
  const where = `Cluster IP [${family}]`;
  if (!clusterIps.get(family)?.contains(address)) {
    const message = `${where}: ${canonical} is not within any configured Service CIDR; please recreate service`;
    return { event: tell("ClusterIPOutOfRange", message) };
  }
  if (holders.get(canonical) !== service) {
    const message = `${where}:${canonical} was assigned to multiple services; please recreate service`;
    return { event: tell("ClusterIPAlreadyAllocated", message) };
  }
  if (object && refersTo(object, service)) return {};
  const { namespace, name } = service.metadata;
  const message = object
    ? `the ClusterIP [${family}]: ${canonical} for Service ${namespace}/${name} has a wrong reference; repairing`
    : `${where}: ${canonical} is not allocated; repairing`;
  return {
    event: tell("ClusterIPNotAllocated", message),
    write: {
      key: ipAddressKey(canonical),
      value: encodeObject(ipAddressFor(service, { family, address }, nowMs)),
      ifRevision: object ? Number(object.metadata.resourceVersion) : 0,
    },
  };
}

function rebuildHeld(
  { clusterIps }: ServiceAllocators,
  all: readonly ServiceAddress[],
  objects: readonly IPAddress[],
  leaks: LeakSightings<string>,
): Pick<AddressRepair, "leaks" | "freed"> {
  const used = new Set(all.map(({ canonical }) => canonical));
  const claims = all.map(({ service, canonical, family }) => ({
    owner: ownerOf(service),
    value: canonical,
    family,
  }));
  const reserved = objects
    .filter((object) => !isManaged(object) && !used.has(object.metadata.name))
    .map((object) => ({
      owner: reservationOwner(object),
      value: object.metadata.name,
      family: (object.metadata.name.includes(":") ? "IPv6" : "IPv4") satisfies IPFamily,
    }));
  const repaired = [...clusterIps].map(([family, allocator]) =>
    repairAllocations(
      allocator,
      [...claims, ...reserved].filter((claim) => claim.family === family),
      leaks,
    ),
  );
  return {
    leaks: new Map(repaired.flatMap((result) => [...result.leaks])),
    freed: repaired.flatMap(({ freed }) => freed),
  };
}
