/** Opens the IPVS dataplane on the kernel, and takes it away again. */
import type { Family } from "../../forwarding/forwarding-table.ts";
import {
  createConntrack,
  NETLINK_NETFILTER,
  type NetworkNamespace,
  openIpvs,
  openNetlinkSocket,
  openRouteControl,
  readSysctl,
} from "../../kernel/index.ts";
import type { FamilyTraits } from "../nftables/family-traits.ts";
import { familyTraits } from "../nftables/family-traits.ts";
import { watchGeneration } from "../nftables/generation-watch.ts";
import { kernelFamilyTable } from "../nftables/kernel-family-table.ts";
import { IPVS_TABLE } from "../nftables/names.ts";
import { deleteTables } from "../nftables/open-nftables-dataplane.ts";
import type { FamilyTable } from "../nftables/table-contents.ts";
import { StaleFlowRemover } from "../stale-flow-remover.ts";
import { IpvsDataplane } from "./ipvs-dataplane.ts";
import { resetIpvsSettings, setIpvsSettings } from "./ipvs-settings.ts";
import { defaultScheduler, OURS, type Scheduler } from "./schedulers.ts";
import { removeServiceRoutes, ServiceRoutes } from "./service-routes.ts";

export interface IpvsOptions {
  /** `rr` if absent. */
  readonly scheduler?: Scheduler;
  /** The process's own if absent. */
  readonly namespace?: NetworkNamespace;
}

const traits: readonly FamilyTraits[] = Object.values(familyTraits).map((one) => ({
  ...one,
  table: IPVS_TABLE,
}));

/**
 * Opens it. Nothing changes before the first apply; what a previous process left goes on forwarding. Throws an Error that says what to
 * do where the kernel has no IPVS, SystemCallError where there is no netlink, or no permission.
 */
export async function openIpvsDataplane({
  scheduler = defaultScheduler,
  namespace,
}: IpvsOptions = {}): Promise<IpvsDataplane> {
  await using opened = new AsyncDisposableStack();
  const servers = opened.use(await openIpvs(namespace));
  const control = opened.use(await openRouteControl(namespace));
  const socket = opened.use(await openNetlinkSocket(NETLINK_NETFILTER, namespace));
  const watch = watchGeneration(socket);
  const tables = traits.map(
    (one) => [one.family, kernelFamilyTable(socket, one, () => watch.committed())] as const,
  );
  const kept = opened.move();
  return new IpvsDataplane({
    servers,
    scheduler,
    routes: new ServiceRoutes(control, namespace),
    tables: new Map<Family, FamilyTable>(tables),
    watch,
    flows: new StaleFlowRemover(createConntrack(socket)),
    setSettings: () => setIpvsSettings(namespace),
    close: () => kept.disposeAsync(),
  });
}

/** Removes all that the dataplane made, whoever's process it was. Returns a line for the user on what was there. */
export async function cleanupIpvs(namespace?: NetworkNamespace): Promise<readonly string[]> {
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER, namespace);
  await deleteTables(socket, traits);
  await using control = await openRouteControl(namespace);
  const hadLink = await removeServiceRoutes(control);
  const removed = await removeServers(namespace);
  if (!hadLink && removed === 0) return [];
  return [
    `Removed ${removed} virtual servers of IPVS, their nftables tables and the link of their addresses`,
  ];
}

/** A kernel that has never heard of IPVS is not made to load it. */
async function removeServers(namespace: NetworkNamespace | undefined): Promise<number> {
  if (readSysctl("net/ipv4/vs/conntrack", namespace) === undefined) return 0;
  await using ipvs = await openIpvs(namespace);
  const all = await ipvs.listServers();
  const ours = all.filter(({ schedulerFlags = 0 }) => (schedulerFlags & OURS) !== 0);
  await ipvs.change(
    ours.map(({ place }) => ({ kind: "delete-server", place })),
    (_, code) => code === "ESRCH",
  );
  if (ours.length > 0 && ours.length === all.length) resetIpvsSettings(namespace);
  return ours.length;
}
