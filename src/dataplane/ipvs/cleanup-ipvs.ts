/** Takes away what the IPVS dataplane made, whoever's process it was. */
import {
  commitTransaction,
  type Ipvs,
  NETLINK_NETFILTER,
  type NetworkNamespace,
  openIpvs,
  openNetlinkSocket,
  openRouteControl,
  readSysctl,
} from "../../kernel/index.ts";
import type { IpvsPlace } from "../../netlink/ipvs/index.ts";
import { Transaction } from "../../netlink/nftables/index.ts";
import { deleteTables } from "../nftables/open-nftables-dataplane.ts";
import { removal, unlessUnknown } from "./arp-guard.ts";
import { ipvsTraits } from "./family-tables.ts";
import { resetIpvsSettings } from "./ipvs-settings.ts";
import { OURS } from "./scheduler-flags.ts";
import { removeServiceRoutes, ServiceRoutes } from "./service-routes.ts";

/** Removes all of it, with connections that go on. Returns a line for the user on what was there. */
export async function cleanupIpvs(namespace?: NetworkNamespace): Promise<readonly string[]> {
  const { removed, hadLink } = await remove(namespace, async () => true);
  if (!hadLink && removed === 0) return [];
  return [`Removed ${removed} virtual servers of IPVS, and the nftables tables and the link beside them`];
}

/**
 * Removes all but the virtual servers that have connections, and what leads to these, for another mode that is in force already. Says
 * whether nothing is left.
 */
export async function drainIpvs(namespace?: NetworkNamespace): Promise<boolean> {
  if (!hasIpvs(namespace)) return true;
  const { left } = await remove(namespace, async (ipvs, place) => {
    const reals = await ipvs.listRealServers(place);
    return reals.every((real) => real.activeConnections + real.inactiveConnections === 0);
  });
  return left === 0;
}

async function remove(
  namespace: NetworkNamespace | undefined,
  mayGo: (ipvs: Ipvs, place: IpvsPlace) => Promise<boolean>,
) {
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  await deleteTables(socket, ipvsTraits);
  const arp = new Transaction();
  for (const operation of removal) arp.add(operation);
  await commitTransaction(socket, arp).catch(unlessUnknown);
  const { removed, left } = await removeServers(namespace, mayGo);
  await using control = await openRouteControl(namespace);
  if (left.size === 0) return { removed, left: 0, hadLink: await removeServiceRoutes(control) };
  await new ServiceRoutes(control, namespace).keep((address) => left.has(address));
  return { removed, left: left.size, hadLink: true };
}

/** Resolves with how many went, and the addresses of those that stay. */
async function removeServers(
  namespace: NetworkNamespace | undefined,
  mayGo: (ipvs: Ipvs, place: IpvsPlace) => Promise<boolean>,
): Promise<{ readonly removed: number; readonly left: ReadonlySet<string> }> {
  const left = new Set<string>();
  if (!hasIpvs(namespace)) return { removed: 0, left };
  await using ipvs = await openIpvs(namespace);
  const all = await ipvs.listServers();
  const ours = all.filter(({ schedulerFlags = 0 }) => (schedulerFlags & OURS) !== 0);
  const gone: IpvsPlace[] = [];
  for (const { place } of ours) {
    if (await mayGo(ipvs, place)) gone.push(place);
    else if ("address" in place) left.add(place.address);
  }
  await ipvs.change(
    gone.map((place) => ({ kind: "delete-server", place })),
    (_, code) => code === "ESRCH",
  );
  if (gone.length > 0 && gone.length === all.length) resetIpvsSettings(namespace);
  return { removed: gone.length, left };
}

/** A kernel that has never heard of IPVS is not made to load it. */
function hasIpvs(namespace: NetworkNamespace | undefined): boolean {
  return readSysctl("net/ipv4/vs/conntrack", namespace) !== undefined;
}
