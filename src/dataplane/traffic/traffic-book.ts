/** TrafficBook: what went through each frontend, out of the flows that ended and those that go on. Pure. */
import { type ForwardingTable, findFrontend, type Protocol } from "../../forwarding/index.ts";
import { type Flow, IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP } from "../../netlink/conntrack/index.ts";
import type { FrontendCounters } from "../dataplane.ts";

type Sums = { -readonly [K in keyof FrontendCounters]: FrontendCounters[K] };

const protocols: ReadonlyMap<number, Protocol> = new Map([
  [IPPROTO_TCP, "TCP"],
  [IPPROTO_UDP, "UDP"],
  [IPPROTO_SCTP, "SCTP"],
]);

export class TrafficBook {
  #table: ForwardingTable | undefined;
  /** Of flows that have ended, by frontend key. */
  readonly #ended = new Map<string, Sums>();

  /** Counts of frontends that are no longer there are forgotten. */
  follow(table: ForwardingTable): void {
    this.#table = table;
    for (const key of this.#ended.keys()) if (!table.frontends.has(key)) this.#ended.delete(key);
  }

  /** Takes in a flow that has ended. */
  ended(flow: Flow): void {
    const key = flow.counters && this.#frontendOf(flow);
    if (key === undefined) return;
    const sums = this.#ended.get(key) ?? noTraffic();
    addFlow(sums, flow);
    this.#ended.set(key, sums);
  }

  /** What has ended and what goes on, together. NOTE: flows that began before the kernel counted are left out: nobody hears of their end. */
  count(active: Iterable<Flow>): ReadonlyMap<string, FrontendCounters> {
    const counts = new Map([...this.#ended].map(([key, sums]) => [key, { ...sums }]));
    for (const flow of active) {
      const key = flow.counters && this.#frontendOf(flow);
      if (key === undefined) continue;
      const sums = counts.get(key) ?? noTraffic();
      addFlow(sums, flow);
      sums.active += 1;
      counts.set(key, sums);
    }
    return counts;
  }

  /** Undefined for a flow that leads to none of them, or that nobody translated. */
  #frontendOf({ protocol: number, original, reply }: Flow): string | undefined {
    const protocol = protocols.get(number);
    const { destination: to, destinationPort: port } = original;
    const isTranslated = reply.source !== to || reply.sourcePort !== port;
    if (!this.#table || !protocol || port === undefined || !isTranslated) return undefined;
    return findFrontend(this.#table, { to, protocol, port }).frontend?.key;
  }
}

function addFlow(sums: Sums, { counters }: Flow): void {
  sums.connections += 1;
  if (!counters) return;
  sums.bytesReceived += counters.original.bytes;
  sums.bytesSent += counters.reply.bytes;
  sums.packetsReceived = (sums.packetsReceived ?? 0) + counters.original.packets;
  sums.packetsSent = (sums.packetsSent ?? 0) + counters.reply.packets;
}

function noTraffic(): Sums {
  return { connections: 0, active: 0, bytesReceived: 0, bytesSent: 0, packetsReceived: 0, packetsSent: 0 };
}
