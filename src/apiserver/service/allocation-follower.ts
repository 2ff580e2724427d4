/** AllocationFollower: what any server writes of Services and reserved addresses, this one included, is held or given back here. */
import type { IPAddress } from "../../api/ip-address.ts";
import { ipAddressDefinition } from "../../api/ip-address.ts";
import type { Service } from "../../api/service.ts";
import { serviceDefinition } from "../../api/service-definition.ts";
import type { Store, StoreEvent } from "../../store/index.ts";
import { decodeObject } from "../registry/object-text.ts";
import { createReachedRevision } from "../registry/reached-revision.ts";
import { storagePrefix } from "../registry/storage-key.ts";
import { addressesOf } from "./cluster-ips.ts";
import { reservationOwner } from "./ip-address-hook.ts";
import { canonicalAddress, isManaged } from "./ip-address-object.ts";
import { ownerOf, type ServiceAllocators } from "./service-allocators.ts";
import { claimedNodePorts } from "./service-ports.ts";

export interface AllocationFollower {
  /** The last event that changed anything here, 0 if there was none. */
  lastChange(): number;
  /**
   * Resolves once everything up to the revision is known, or after a second: other users of an etcd move revisions, too. At once
   * before the first run: the first pass of the repair is what a run starts from.
   */
  reach(revision: number): Promise<void>;
  /** Ends when the signal fires; throws what the store's watch throws. */
  run(afterRevision: number, signal: AbortSignal): Promise<void>;
}

const servicePrefix = storagePrefix(serviceDefinition);
const addressPrefix = storagePrefix(ipAddressDefinition);
const serviceKind = { kind: "Service", apiVersion: "v1" };
const addressKind = { kind: "IPAddress", apiVersion: "networking.k8s.io/v1" };

export function createAllocationFollower(store: Store, allocators: ServiceAllocators): AllocationFollower {
  let started = false;
  let changed = 0;
  const reached = createReachedRevision();

  return {
    lastChange: () => changed,
    async reach(revision) {
      if (started) await reached.until(revision);
    },
    async run(afterRevision, signal) {
      started = true;
      reached.moveTo(afterRevision);
      for await (const { events, revision } of store.watch("", afterRevision, signal)) {
        for (const event of events) if (applyEvent(allocators, event)) changed = event.revision;
        reached.moveTo(revision);
      }
    },
  };
}

/** Returns whether the event is about something that is allocated. */
function applyEvent(allocators: ServiceAllocators, event: StoreEvent): boolean {
  const { key, revision, previous } = event;
  const value = event.type === "put" ? event.value : undefined;
  if (key.startsWith(servicePrefix)) {
    const decode = (text: string) => decodeObject(text, revision, serviceKind) as Service;
    followService(allocators, value && decode(value), previous && decode(previous.value));
    return true;
  }
  if (!key.startsWith(addressPrefix)) return false;
  const decode = (text: string) => decodeObject(text, revision, addressKind) as IPAddress;
  const next = value && decode(value);
  const old = previous && decode(previous.value);
  for (const [operation, object] of [
    ["release", old],
    ["claim", next],
  ] as const) {
    if (!object || isManaged(object)) continue;
    const { name } = object.metadata;
    allocators.clusterIps
      .get(name.includes(":") ? "IPv6" : "IPv4")
      ?.[operation](name, reservationOwner(object));
  }
  return true;
}

function followService(
  { nodePorts, clusterIps }: ServiceAllocators,
  next: Service | undefined | "",
  old: Service | undefined,
): void {
  const keepsOwner = next && old && ownerOf(next) === ownerOf(old);
  const ports = new Set(next ? claimedNodePorts(next) : []);
  const addresses = new Set(
    next ? addressesOf(next.spec).map(({ address }) => canonicalAddress(address)) : [],
  );
  if (next) {
    for (const port of ports) nodePorts.claim(port, ownerOf(next));
    for (const { family, address } of addressesOf(next.spec))
      clusterIps.get(family)?.claim(address, ownerOf(next));
  }
  if (!old) return;
  for (const port of claimedNodePorts(old)) {
    if (!keepsOwner || !ports.has(port)) nodePorts.release(port, ownerOf(old));
  }
  for (const { family, address } of addressesOf(old.spec)) {
    if (!keepsOwner || !addresses.has(canonicalAddress(address)))
      clusterIps.get(family)?.release(address, ownerOf(old));
  }
}
