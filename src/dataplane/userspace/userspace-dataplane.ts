/** The userspace dataplane: Node's own sockets, no privileges, anywhere. */
import type { ForwardingTable } from "../../forwarding/index.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { ApplyReport, Dataplane } from "../dataplane.ts";
import { AffinityTable } from "./affinity-table.ts";
import { ConnectionSet } from "./connection-set.ts";
import { readCounters } from "./counters.ts";
import { HoldingPen } from "./holding-pen.ts";
import { letGo } from "./let-go.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { ListenerSet } from "./listener-set.ts";
import { MaglevTables } from "./maglev-tables.ts";
import { RelayBuffers } from "./relay-buffers.ts";
import type { BackendFailure, Runtime } from "./runtime.ts";
import { SourcePorts } from "./source-ports.ts";
import { stickyBackends } from "./sticky-backends.ts";
import { UdpFlows } from "./udp-flows.ts";

export interface UserspaceOptions {
  readonly log: Logger;
  readonly clock?: Clock;
  /** At least 0 and less than 1. */
  readonly random?: () => number;
  readonly limits?: Partial<Limits>;
  /** Told of each TCP connection to a backend that failed; the client was led to another one if there is any. */
  readonly onBackendFailure?: (failure: BackendFailure) => void;
}

/**
 * Creates a dataplane that forwards with sockets of this process. Every connection's source is the node (masquerade),
 * whatever the frontend says: a socket cannot speak with a client's address. The PROXY protocol tells it to the backend.
 */
export function createUserspaceDataplane(options: UserspaceOptions): Dataplane {
  const { log, clock = systemClock, random = Math.random, onBackendFailure } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const runtime: Runtime = {
    log,
    clock,
    random,
    limits,
    affinity: new AffinityTable(limits.affinityClients),
    maglev: new MaglevTables(),
    buffers: new RelayBuffers(),
    sourcePorts: new SourcePorts(random),
    connections: new ConnectionSet(),
    flows: new UdpFlows(clock, limits),
    ...(onBackendFailure && { onBackendFailure }),
  };
  const pen = new HoldingPen(clock, limits);
  const listeners = new ListenerSet(runtime, pen);
  let queue: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  const apply = async (table: ForwardingTable): Promise<ApplyReport> => {
    if (closing !== undefined) throw new Error("Cannot apply a forwarding table: the dataplane is closed");
    const problems = await listeners.apply(table);
    runtime.affinity.retain(stickyBackends(table));
    const failed = new Set(problems.map(({ frontend }) => frontend));
    return { programmed: table.frontends.size - failed.size, problems };
  };
  const close = async (graceMs: number): Promise<void> => {
    await queue;
    await listeners.close();
    pen.clear();
    if (graceMs <= 0) runtime.connections.resetAll();
    let cancel = clock.after(graceMs, () => {
      cancel = letGo(runtime.connections, clock);
    });
    await runtime.connections.emptied();
    cancel();
  };

  return {
    name: "userspace",
    apply(table) {
      const result = queue.then(() => apply(table));
      queue = result.catch(() => {});
      return result;
    },
    counters: () =>
      new Map([...listeners.counters()].map(([key, counters]) => [key, readCounters(counters)])),
    letGo: (addresses) => void letGo(runtime.connections, clock, ({ address }) => addresses.has(address)),
    close(graceMs) {
      if (graceMs <= 0) runtime.connections.resetAll();
      closing ??= close(graceMs);
      return closing;
    },
  };
}
