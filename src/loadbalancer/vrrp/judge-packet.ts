/** What a packet means to the routers of a link: an advertisement for one of them, or a fault. */
import { type ReceivedPacket, readAdvertisement } from "./advertisement.ts";
import type { VrrpFault } from "./fault-log.ts";
import { compareAddresses } from "./require-address-bytes.ts";
import type { VrrpEvent } from "./state-machine.ts";
import { addressOf, ownerPriority, routerKey, type VirtualRouter } from "./virtual-router.ts";

export interface Judgement {
  /** What is wrong, and what else there is to say of it. */
  readonly fault?: VrrpFault;
  readonly about: { readonly source: string; readonly router?: string; readonly theirs?: readonly string[] };
  /** What the router is to be told, if it is to be told anything. */
  readonly told?: VrrpEvent & { readonly kind: "advertisement" };
}

/** Pure. `ownSource` is what this machine sends from; `find` returns a router by its name. */
export function judgePacket(
  packet: ReceivedPacket,
  ownSource: string | undefined,
  find: (name: string) => VirtualRouter | undefined,
): Judgement {
  const { source } = packet;
  const read = readAdvertisement(packet);
  if (typeof read === "string") return { fault: read, about: { source } };
  const { vrid, priority, intervalMs, addresses } = read;
  const name = routerKey({ family: source.includes(":") ? "IPv6" : "IPv4", vrid });
  const about = { source, router: name };
  if (ownSource === undefined || source === ownSource) return { fault: "from our own address", about };
  const router = find(name);
  if (!router) return { fault: "router is not ours", about };
  if (router.priority === ownerPriority) return { fault: "to the owner of the addresses", about };
  const fromHigherAddress = compareAddresses(source, ownSource) > 0;
  const told = { kind: "advertisement", priority, intervalMs, fromHigherAddress } as const;
  if (sameAddresses(addresses, router.addresses)) return { about, told };
  // RFC 9568, section 7.1, lets it count all the same: while a configuration is rolled out, both are right.
  return { fault: "addresses differ from ours", about: { ...about, theirs: addresses }, told };
}

/** In any order. */
function sameAddresses(theirs: readonly string[], ours: readonly string[]): boolean {
  if (theirs.length !== ours.length) return false;
  const sorted = ours.map(addressOf).sort(compareAddresses);
  const others = [...theirs].sort(compareAddresses);
  return sorted.every((address, at) => compareAddresses(address, others[at] ?? address) === 0);
}
