/** Makes connection tracking forget the UDP flows that would go on to where nobody serves them any more. */
import { diff, type ForwardingTable, type Frontend } from "../forwarding/index.ts";
import type { Conntrack } from "../kernel/index.ts";
import { type Flow, type FlowFilter, IPPROTO_UDP } from "../netlink/conntrack/index.ts";
import { staleFlowTest, udpFrontends } from "./stale-flows.ts";

/** Up to so many ports are asked for one by one; for more, all UDP flows are looked at once. */
const maximumPorts = 4;

/**
 * Follows a node's tables. Each change costs nothing unless it is one of a UDP frontend, then one walk of the kernel through all its
 * flows (0.4 µs each) and 6 µs for each flow to a port that changed.
 */
export class StaleFlowRemover {
  readonly #conntrack: Pick<Conntrack, "visitFlows" | "deleteFlows">;
  #previous: ForwardingTable | undefined;

  constructor(conntrack: Pick<Conntrack, "visitFlows" | "deleteFlows">) {
    this.#conntrack = conntrack;
  }

  /**
   * Removes flows that a table's changes made stale, at the first call those that any change did while nobody looked; flows that are
   * not stale are never touched. Call it when the kernel has the table. Resolves with how many were removed. After an error the
   * next call does what was left undone.
   */
  async follow(table: ForwardingTable): Promise<number> {
    const changed = changedFrontends(this.#previous, table);
    const stale: Flow[] = [];
    const isStale = staleFlowTest({ frontends: changed, nodePortAddresses: table.nodePortAddresses });
    for (const filter of filtersFor(changed)) {
      await this.#conntrack.visitFlows(filter, (flow) => {
        if (isStale(flow)) stale.push(flow);
      });
    }
    const removed = stale.length === 0 ? 0 : await this.#conntrack.deleteFlows(stale);
    this.#previous = table;
    return removed;
  }
}

/** UDP frontends whose flows may have become stale. */
function changedFrontends(previous: ForwardingTable | undefined, next: ForwardingTable): readonly Frontend[] {
  if (!previous) return udpFrontends(next.frontends.values());
  const { added, changed, nodePortAddresses } = diff(previous, next);
  const result = new Set(udpFrontends([...added, ...changed.map((change) => change.next)]));
  // Flows to an address that has just become one of NodePorts began without translation.
  if (nodePortAddresses.added.length > 0) {
    for (const frontend of udpFrontends(next.frontends.values()))
      if (frontend.address === undefined) result.add(frontend);
  }
  return [...result];
}

/** What to list, so that it holds every flow to these frontends. */
function filtersFor(frontends: readonly Frontend[]): readonly FlowFilter[] {
  const byPort = new Map(
    frontends.map(({ family, port }) => [
      `${family} ${port}`,
      { family, protocol: IPPROTO_UDP, destinationPort: port },
    ]),
  );
  if (byPort.size <= maximumPorts) return [...byPort.values()];
  const families = new Set(frontends.map(({ family }) => family));
  return [...families].map((family) => ({ family, protocol: IPPROTO_UDP }));
}
