/** Makes connection tracking forget the UDP flows that would go on to where nobody serves them any more. */
import {
  diff,
  type Family,
  type ForwardingTable,
  type Frontend,
  type FrontendChange,
} from "../forwarding/index.ts";
import type { Conntrack } from "../kernel/index.ts";
import { type Flow, type FlowFilter, IPPROTO_UDP } from "../netlink/conntrack/index.ts";
import { servingEndpoints, staleFlowTest, udpFrontends } from "./stale-flows.ts";

/** What the kernel takes to walk through its flows' table (262,144 buckets) and each flow in it, and what one costs that it lists. */
const walkUs = 11_000;
const walkedFlowUs = 0.4;
const listedFlowUs = 6;

/** Follows a node's tables. A change costs nothing unless an endpoint of a UDP frontend went, or its first one came; then some 11 ms or more. */
export class StaleFlowRemover {
  readonly #conntrack: Pick<Conntrack, "visitFlows" | "deleteFlows" | "countFlows">;
  #previous: ForwardingTable | undefined;

  constructor(conntrack: Pick<Conntrack, "visitFlows" | "deleteFlows" | "countFlows">) {
    this.#conntrack = conntrack;
  }

  /**
   * Removes flows that a table's changes made stale, at the first call those that any change did while nobody looked; flows that are
   * not stale are never touched. Call it when the kernel has the table. Resolves with how many were removed of each family. After an
   * error the next call does what was left undone.
   */
  async follow(table: ForwardingTable): Promise<ReadonlyMap<Family, number>> {
    const changed = changedFrontends(this.#previous, table);
    const stale: Flow[] = [];
    const isStale = staleFlowTest({ frontends: changed, nodePortAddresses: table.nodePortAddresses });
    const { entries } = changed.length === 0 ? { entries: 0 } : await this.#conntrack.countFlows();
    for (const filter of filtersFor(changed, entries)) {
      await this.#conntrack.visitFlows(filter, (flow) => {
        if (isStale(flow)) stale.push(flow);
      });
    }
    const removed = new Map<Family, number>();
    for (const family of new Set(stale.map((flow) => flow.family)))
      removed.set(family, await this.#conntrack.deleteFlows(stale.filter((flow) => flow.family === family)));
    this.#previous = table;
    return removed;
  }
}

/** UDP frontends whose flows may have become stale. */
function changedFrontends(previous: ForwardingTable | undefined, next: ForwardingTable): readonly Frontend[] {
  if (!previous) return udpFrontends(next.frontends.values());
  const { added, changed, nodePortAddresses } = diff(previous, next);
  const result = new Set(
    udpFrontends([...added, ...changed.filter(mayLeaveStale).map((change) => change.next)]),
  );
  // Flows to an address that has just become one of NodePorts began without translation.
  if (nodePortAddresses.added.length > 0) {
    for (const frontend of udpFrontends(next.frontends.values()))
      if (frontend.address === undefined) result.add(frontend);
  }
  return [...result];
}

/** Flows become stale when their endpoint goes, or when there is somebody to lead them to again; not when others come beside it. */
function mayLeaveStale({ previous, next }: FrontendChange): boolean {
  const [before, after] = [servingEndpoints(previous), new Set(servingEndpoints(next))];
  return previous.key !== next.key || before.length === 0 || before.some((key) => !after.has(key));
}

/** What to list, so that it holds every flow to these frontends: port by port, or all UDP flows where that takes the kernel less. */
function filtersFor(frontends: readonly Frontend[], flows: number): readonly FlowFilter[] {
  const byPort = new Map(
    frontends.map(({ family, port }) => [
      `${family} ${port}`,
      { family, protocol: IPPROTO_UDP, destinationPort: port },
    ]),
  );
  const families = new Set(frontends.map(({ family }) => family));
  const walk = walkUs + walkedFlowUs * flows;
  if (byPort.size * walk <= families.size * walk + listedFlowUs * flows) return [...byPort.values()];
  return [...families].map((family) => ({ family, protocol: IPPROTO_UDP }));
}
