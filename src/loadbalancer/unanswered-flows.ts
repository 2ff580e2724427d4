/**
 * UnansweredFlows: makes connection tracking forget the connections that a backend has not answered before it was taken out. A client whose
 * SYN went to a machine that died sends it again after a second; the kernel would lead it to where it led the first one.
 */
import { backendsOf, diff, type ForwardingTable, type Frontend, joinHostPort } from "../forwarding/index.ts";
import type { Conntrack } from "../kernel/index.ts";
import { type Flow, IPPROTO_TCP, IPS_DYING, IPS_SEEN_REPLY } from "../netlink/conntrack/index.ts";

export class UnansweredFlows {
  readonly #conntrack: Pick<Conntrack, "visitFlows" | "deleteFlows">;
  #previous: ForwardingTable | undefined;

  constructor(conntrack: Pick<Conntrack, "visitFlows" | "deleteFlows">) {
    this.#conntrack = conntrack;
  }

  /**
   * Call it when the kernel has the table; resolves with how many were forgotten. PERF: nothing unless a TCP frontend lost a backend and
   * has others; then one walk through all flows, of which the kernel lists those without an answer.
   */
  async follow(table: ForwardingTable): Promise<number> {
    const previous = this.#previous ?? table;
    this.#previous = table;
    const left = table === previous ? new Map<string, ReadonlySet<string>>() : placesLeft(previous, table);
    if (left.size === 0) return 0;
    const gone: Flow[] = [];
    await this.#conntrack.visitFlows({ withoutStatus: IPS_SEEN_REPLY | IPS_DYING }, (flow) => {
      const { protocol, zone, original, reply } = flow;
      if (protocol !== IPPROTO_TCP || zone !== 0) return;
      const backends = left.get(joinHostPort(original.destination, original.destinationPort ?? 0));
      if (backends?.has(joinHostPort(reply.source, reply.sourcePort ?? 0))) gone.push(flow);
    });
    return gone.length === 0 ? 0 : this.#conntrack.deleteFlows(gone);
  }
}

/** By `address:port` of a frontend: the backends that it leads nobody to any more, where it has others. */
function placesLeft(
  previous: ForwardingTable,
  next: ForwardingTable,
): ReadonlyMap<string, ReadonlySet<string>> {
  const result = new Map<string, ReadonlySet<string>>();
  for (const change of diff(previous, next).changed) {
    const { address, protocol, port } = change.next;
    if (address === undefined || protocol !== "TCP") continue;
    const now = keysOf(change.next);
    const left = keysOf(change.previous).difference(now);
    if (now.size > 0 && left.size > 0) result.set(joinHostPort(address, port), left);
  }
  return result;
}

function keysOf(frontend: Frontend): ReadonlySet<string> {
  return new Set(backendsOf(frontend).map(({ key }) => key));
}
