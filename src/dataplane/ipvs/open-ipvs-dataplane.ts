/** Opens the IPVS dataplane on the kernel. */
import type { Family } from "../../forwarding/forwarding-table.ts";
import {
  commitTransaction,
  createConntrack,
  NETLINK_NETFILTER,
  type NetworkNamespace,
  openIpvs,
  openNetlinkSocket,
  openRouteControl,
} from "../../kernel/index.ts";
import { watchGeneration } from "../nftables/generation-watch.ts";
import { kernelFamilyTable } from "../nftables/kernel-family-table.ts";
import type { FamilyTable } from "../nftables/table-contents.ts";
import { TurnedAway } from "../nftables/turned-away.ts";
import { StaleFlowRemover } from "../stale-flow-remover.ts";
import { ipvsTraits } from "./family-tables.ts";
import { FlowMarks } from "./flow-marks.ts";
import { IpvsDataplane } from "./ipvs-dataplane.ts";
import { setIpvsSettings } from "./ipvs-settings.ts";
import { LocalDelivery } from "./local-delivery.ts";
import { defaultScheduler, type Scheduler } from "./schedulers.ts";

export interface IpvsOptions {
  /** `rr` if absent. */
  readonly scheduler?: Scheduler;
  /** The process's own if absent. */
  readonly namespace?: NetworkNamespace;
  /** Compare with the kernel at every chance, whatever it costs: for tests on a slow machine. */
  readonly comparesAlways?: boolean;
}

/**
 * Opens it. Nothing changes before the first apply; what a previous process left goes on forwarding. Throws an Error that says what to
 * do where the kernel has no IPVS, SystemCallError where there is no netlink, or no permission.
 */
export async function openIpvsDataplane({
  scheduler = defaultScheduler,
  namespace,
  comparesAlways = false,
}: IpvsOptions = {}): Promise<IpvsDataplane> {
  await using opened = new AsyncDisposableStack();
  const servers = opened.use(await openIpvs(namespace));
  const control = opened.use(await openRouteControl(namespace));
  const socket = opened.use(await openNetlinkSocket(NETLINK_NETFILTER, namespace));
  const watch = watchGeneration(socket);
  const tables = ipvsTraits.map(
    (one) => [one.family, kernelFamilyTable(socket, one, () => watch.committed())] as const,
  );
  const kept = opened.move();
  return new IpvsDataplane({
    servers,
    scheduler,
    comparesAlways,
    delivery: new LocalDelivery(control, namespace),
    marks: new FlowMarks(async (transaction) => {
      await commitTransaction(socket, transaction);
      watch.committed();
    }),
    tables: new Map<Family, FamilyTable>(tables),
    watch,
    flows: new StaleFlowRemover(createConntrack(socket)),
    turnedAway: new TurnedAway(socket, ipvsTraits, () => watch.committed()),
    setSettings: () => setIpvsSettings(namespace),
    close: () => kept.disposeAsync(),
  });
}
