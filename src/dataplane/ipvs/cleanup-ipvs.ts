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
import { deleteTables } from "../nftables/open-nftables-dataplane.ts";
import { ipvsTraits } from "./family-tables.ts";
import { removeFlowMarks } from "./flow-marks.ts";
import { resetIpvsSettings } from "./ipvs-settings.ts";
import { LocalDelivery } from "./local-delivery.ts";
import { OURS } from "./scheduler-flags.ts";

/** Removes all of it, with connections that go on. Returns a line for the user on what was there. */
export async function cleanupIpvs(namespace?: NetworkNamespace): Promise<readonly string[]> {
  const { removed, wasDelivered } = await remove(namespace, async () => true);
  if (!wasDelivered && removed === 0) return [];
  return [
    `Removed ${removed} virtual servers of IPVS, and the nftables tables and the routing rule beside them`,
  ];
}

/**
 * Removes all but the virtual servers that have connections, and what leads packets to these, for another mode that is in force already. Says
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
  const { removed, left } = await removeServers(namespace, mayGo);
  if (left > 0) return { removed, left, wasDelivered: true };
  await removeFlowMarks((transaction) => commitTransaction(socket, transaction));
  await using control = await openRouteControl(namespace);
  return { removed, left, wasDelivered: await new LocalDelivery(control, namespace).remove() };
}

/** Resolves with how many went, and how many stay. */
async function removeServers(
  namespace: NetworkNamespace | undefined,
  mayGo: (ipvs: Ipvs, place: IpvsPlace) => Promise<boolean>,
): Promise<{ readonly removed: number; readonly left: number }> {
  if (!hasIpvs(namespace)) return { removed: 0, left: 0 };
  await using ipvs = await openIpvs(namespace);
  const all = await ipvs.listServers();
  const ours = all.filter(({ schedulerFlags = 0 }) => (schedulerFlags & OURS) !== 0);
  const gone: IpvsPlace[] = [];
  for (const { place } of ours) if (await mayGo(ipvs, place)) gone.push(place);
  await ipvs.change(
    gone.map((place) => ({ kind: "delete-server", place })),
    (_, code) => code === "ESRCH",
  );
  if (gone.length > 0 && gone.length === all.length) resetIpvsSettings(namespace);
  return { removed: gone.length, left: ours.length - gone.length };
}

/** A kernel that has never heard of IPVS is not made to load it. */
function hasIpvs(namespace: NetworkNamespace | undefined): boolean {
  return readSysctl("net/ipv4/vs/conntrack", namespace) !== undefined;
}
