/**
 * LeftBehindFlows: makes connection tracking forget the connections to a backend that nobody may stay on. A client whose SYN went to a
 * machine that died sends it again after a second; the kernel would lead it to where it led the first one. And who is still on a backend
 * when its time to drain is over is led elsewhere by the next packet, in the middle of a connection, and so is reset.
 */
import { backendsOf, diff, type ForwardingTable, type Frontend, joinHostPort } from "../forwarding/index.ts";
import type { Conntrack } from "../kernel/index.ts";
import { type Flow, IPPROTO_TCP, IPS_DYING, IPS_SEEN_REPLY } from "../netlink/conntrack/index.ts";

/** Backends that a frontend leads nobody to any more, and has others. */
interface Left {
  /** Those that new connections are not led to. */
  readonly unused: ReadonlySet<string>;
  /** Those of them that nobody may stay on. */
  readonly ended: ReadonlySet<string>;
}

export class LeftBehindFlows {
  readonly #conntrack: Pick<Conntrack, "visitFlows" | "deleteFlows">;
  #previous: ForwardingTable | undefined;

  constructor(conntrack: Pick<Conntrack, "visitFlows" | "deleteFlows">) {
    this.#conntrack = conntrack;
  }

  /**
   * Call it when the kernel has the table; resolves with how many were forgotten. After an error the next call does what was left undone.
   * PERF: nothing unless a TCP frontend lost a backend and has others; then one walk through all flows, of which the kernel lists those
   * without an answer, and all only when a backend's time is over.
   */
  async follow(table: ForwardingTable): Promise<number> {
    const previous = this.#previous ?? table;
    const left = table === previous ? new Map<string, Left>() : placesLeft(previous, table);
    const forgotten = left.size === 0 ? 0 : await this.#forget(left);
    this.#previous = table;
    return forgotten;
  }

  async #forget(left: ReadonlyMap<string, Left>): Promise<number> {
    const gone: Flow[] = [];
    const isAnyOver = [...left.values()].some(({ ended }) => ended.size > 0);
    const withoutStatus = IPS_DYING | (isAnyOver ? 0 : IPS_SEEN_REPLY);
    await this.#conntrack.visitFlows({ withoutStatus }, (flow) => {
      const { protocol, zone, status, original, reply } = flow;
      if (protocol !== IPPROTO_TCP || zone !== 0) return;
      const backends = left.get(joinHostPort(original.destination, original.destinationPort ?? 0));
      const backend = joinHostPort(reply.source, reply.sourcePort ?? 0);
      const isAnswered = (status & IPS_SEEN_REPLY) !== 0;
      if (isAnswered ? backends?.ended.has(backend) : backends?.unused.has(backend)) gone.push(flow);
    });
    return gone.length === 0 ? 0 : this.#conntrack.deleteFlows(gone);
  }
}

/** By `address:port` of a frontend. */
function placesLeft(previous: ForwardingTable, next: ForwardingTable): ReadonlyMap<string, Left> {
  const result = new Map<string, Left>();
  for (const change of diff(previous, next).changed) {
    const { address, protocol, port } = change.next;
    if (address === undefined || protocol !== "TCP") continue;
    const now = keysOf(change.next);
    if (now.size === 0) continue;
    const ended = endedBy(change.previous, change.next);
    const unused = keysOf(change.previous).difference(now).union(ended);
    if (unused.size > 0) result.set(joinHostPort(address, port), { unused, ended });
  }
  return result;
}

function keysOf(frontend: Frontend): ReadonlySet<string> {
  return new Set(backendsOf(frontend).map(({ key }) => key));
}

function endedBy(previous: Frontend, { established }: Frontend): ReadonlySet<string> {
  if (!established) return new Set();
  return new Set(previous.established).difference(new Set(established));
}
