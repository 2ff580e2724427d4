/** NodePorts on 127.0.0.1 and ::1 beside a kernel dataplane (KEP-6032): packets to loopback cannot be led elsewhere, so sockets answer there. */
import { type ForwardingTable, type Frontend, isLoopbackAddress } from "../../forwarding/index.ts";
import { countersOf } from "../counters-of.ts";
import type { ApplyReport, Dataplane, Problem } from "../dataplane.ts";

/**
 * Returns a dataplane that leads what comes to the table's loopback addresses by the sockets of another one, TCP only, and
 * all else as `kernel` does. `openSockets` is called when a table first has such an address. `isSocketAddress` says which of them
 * it is for, where the kernel dataplane can lead some of them itself.
 *
 * NOTE: rules of the kernel stay when it is closed, sockets cannot.
 */
export function withLocalhost(
  kernel: Dataplane,
  openSockets: () => Promise<Dataplane>,
  isSocketAddress: (address: string) => boolean = isLoopbackAddress,
): Dataplane {
  let sockets: Promise<Dataplane> | undefined;
  const applyToSockets = async (table: ForwardingTable): Promise<readonly Problem[]> => {
    const wanted = table.nodePortAddresses.some(isSocketAddress);
    if (!wanted && !sockets) return [];
    sockets ??= openSockets();
    const { problems } = await (await sockets).apply(ofLocalhost(table, isSocketAddress));
    return problems;
  };
  return {
    name: kernel.name,
    async apply(table): Promise<ApplyReport> {
      const report = await kernel.apply(without(table, isSocketAddress));
      const problems = await applyToSockets(table);
      return problems.length === 0 ? report : merge(report, problems);
    },
    ...(kernel.heal && { heal: () => kernel.heal?.() ?? Promise.resolve() }),
    ...countersOf(kernel),
    async close(graceMs) {
      await (await sockets)?.close(graceMs);
      await kernel.close(graceMs);
    },
  };
}

function without(table: ForwardingTable, isLeftOut: (address: string) => boolean): ForwardingTable {
  if (!table.nodePortAddresses.some(isLeftOut)) return table;
  return {
    ...table,
    nodePortAddresses: table.nodePortAddresses.filter((address) => !isLeftOut(address)),
  };
}

/** PERF: a walk over all frontends, for those who ask for NodePorts on localhost. */
function ofLocalhost(table: ForwardingTable, isChosen: (address: string) => boolean): ForwardingTable {
  const addresses = table.nodePortAddresses.filter(isChosen);
  const served = [...table.frontends].filter(([, frontend]) => isServed(frontend));
  return {
    ...table,
    nodePortAddresses: addresses,
    // Whoever reaches loopback is the node itself, or somebody on it.
    nodeAddresses: [...new Set([...table.nodeAddresses, ...addresses])],
    frontends: new Map(served),
  };
}

function isServed({ kind, protocol }: Frontend): boolean {
  return kind === "NodePort" && protocol === "TCP";
}

/** A NodePort that has no socket on localhost is not live on every address that it has. */
function merge(report: ApplyReport, problems: readonly Problem[]): ApplyReport {
  const known = new Set(report.problems.map(({ frontend }) => frontend));
  const failed = new Set(problems.map(({ frontend }) => frontend).filter((frontend) => !known.has(frontend)));
  return { programmed: report.programmed - failed.size, problems: [...report.problems, ...problems] };
}
