/** Counts what goes through a dataplane that the kernel forwards for, out of what connection tracking knows of each flow. */
import type { ForwardingTable } from "../../forwarding/index.ts";
import { type NamespaceHandle, openConntrack, watchFlows, writeSysctl } from "../../kernel/index.ts";
import { Turns } from "../../lib/turns.ts";
import type { Flow } from "../../netlink/conntrack/index.ts";
import type { Dataplane, FrontendCounters } from "../dataplane.ts";
import { TrafficBook } from "./traffic-book.ts";

export interface TrafficOptions {
  readonly namespace?: NamespaceHandle & { run<T>(action: () => T): T; readonly name: string };
  /** Told why something is not counted. */
  readonly onProblem: (problem: string) => void;
}

const settings = [
  ["net/netfilter/nf_conntrack_acct", 1],
  // Of every flow, whether somebody listened when it began or not.
  ["net/netfilter/nf_conntrack_events", 1],
] as const;

/**
 * Makes the kernel count (nf_conntrack_acct) and listens to the flows that end. Flows that began before are not counted.
 * PERF: about 10 µs for each flow that ends; a look at the numbers walks over all flows that there are.
 */
export async function withTraffic(
  dataplane: Dataplane,
  { namespace, onProblem }: TrafficOptions,
): Promise<Dataplane> {
  const book = new TrafficBook();
  const turns = new Turns();
  const conntrack = await openConntrack(namespace);
  let startCounting: (() => void) | undefined = () => {
    startCounting = undefined;
    try {
      for (const [key, value] of settings) writeSysctl(key, value, namespace);
    } catch (error) {
      onProblem(error instanceof Error ? error.message : String(error));
    }
  };
  let counts: ReadonlyMap<string, FrontendCounters> = new Map();
  /** Of flows that end while those that go on are listed. */
  let endedMeanwhile: Set<Flow["id"]> | undefined;
  const watch = await watchFlows(
    {
      flow({ kind, flow }) {
        if (kind !== "removed") return;
        book.ended(flow);
        endedMeanwhile?.add(flow.id);
      },
      lost: () => onProblem("too many connections ended at once"),
    },
    namespace,
  );
  return {
    name: dataplane.name,
    async apply(next: ForwardingTable) {
      const report = await dataplane.apply(next);
      // The settings are there once rules have made the kernel track connections.
      startCounting?.();
      book.follow(next);
      return report;
    },
    ...(dataplane.heal && { heal: () => dataplane.heal?.() ?? Promise.resolve() }),
    ...(dataplane.letGo && { letGo: (addresses) => dataplane.letGo?.(addresses) }),
    ...(dataplane.metrics && { metrics: () => dataplane.metrics?.() ?? "" }),
    counters: () => counts,
    refreshCounters() {
      return turns.take(async () => {
        const active: Flow[] = [];
        const ended = new Set<Flow["id"]>();
        endedMeanwhile = ended;
        await conntrack.visitFlows({}, (flow) => active.push(flow));
        endedMeanwhile = undefined;
        await dataplane.refreshCounters?.();
        counts = withTurnedAway(
          book.count(active.filter(({ id }) => !ended.has(id))),
          dataplane.counters?.(),
        );
      });
    },
    async close(graceMs) {
      watch[Symbol.dispose]();
      await conntrack[Symbol.asyncDispose]();
      await dataplane.close(graceMs);
    },
  };
}

/** Flows that were led on, and what the rules turned away before it was a flow. */
function withTurnedAway(
  led: ReadonlyMap<string, FrontendCounters>,
  turnedAway: ReadonlyMap<string, FrontendCounters> = new Map(),
): ReadonlyMap<string, FrontendCounters> {
  const both = new Map(turnedAway);
  for (const [key, counters] of led) both.set(key, { ...turnedAway.get(key), ...counters });
  return both;
}
