/**
 * QuietFlows: which of some connections are at a moment at which their end costs the client nothing, by the segments that are seen of them.
 * Who says that a connection is reset must know the very next sequence number (RFC 5961, section 3): an answer's end tells it, and of a
 * connection on which nothing is said, the acknowledgement by which TCP answers what is outside of its window (RFC 9293, section
 * 3.10.7.4). Pure.
 */
import { joinHostPort } from "../../forwarding/index.ts";
import type { Flow } from "../../netlink/conntrack/index.ts";
import { ACK, FIN, RST, type Segment } from "./tcp-segment.ts";

export interface Ending {
  readonly flow: Flow;
  /** Sequence numbers that come next, from the frontend to the client, and from the client on. */
  readonly toClient: number;
  readonly fromClient: number;
}

/**
 * Is outside of nearly every window. As a FIN it begins no flow in connection tracking, which would translate what begins one
 * (net/netfilter/nf_conntrack_proto_tcp.c, tcp_conntracks).
 */
export const probe = { flags: FIN | ACK, sequence: 0 } as const;

interface Seen {
  readonly flow: Flow;
  toClient: number | undefined;
  fromClient: number | undefined;
  /** Times of the last bytes. */
  askedAtMs: number;
  answeredAtMs: number;
  probedAtMs: number | undefined;
  isProbeAnswered: boolean;
}

/** An answer has ended when nothing came behind it for so long, and the next request may come after so long. */
const answeredMs = 1;
const askingMs = 4;

export class QuietFlows {
  readonly #flows = new Map<string, Seen>();

  constructor(flows: Iterable<Flow>) {
    for (const flow of flows) {
      const { source, sourcePort = 0, destination, destinationPort = 0 } = flow.original;
      this.#flows.set(keyOf(source, sourcePort, destination, destinationPort), {
        flow,
        toClient: undefined,
        fromClient: undefined,
        askedAtMs: Number.NEGATIVE_INFINITY,
        answeredAtMs: Number.NEGATIVE_INFINITY,
        probedAtMs: undefined,
        isProbeAnswered: false,
      });
    }
  }

  get size(): number {
    return this.#flows.size;
  }

  see(segment: Segment, nowMs: number): void {
    const { source, sourcePort, destination, destinationPort, sequence, acknowledgement, flags, length } =
      segment;
    const [up, down] = [
      keyOf(source, sourcePort, destination, destinationPort),
      keyOf(destination, destinationPort, source, sourcePort),
    ];
    const isUp = this.#flows.has(up);
    const seen = this.#flows.get(isUp ? up : down);
    if (!seen) return;
    if (!isUp && seen.probedAtMs !== undefined && sequence === probe.sequence) return;
    if ((flags & (FIN | RST)) !== 0) {
      // It ends by itself.
      this.#flows.delete(isUp ? up : down);
      return;
    }
    if (isUp) this.#asked(seen, segment, nowMs);
    else if (length > 0) {
      seen.toClient = later(seen.toClient, (sequence + length) >>> 0);
      seen.fromClient = later(seen.fromClient, acknowledgement);
      seen.answeredAtMs = nowMs;
    }
  }

  /** Takes out those that can be ended now. */
  take(nowMs: number): readonly Ending[] {
    const endings: Ending[] = [];
    for (const [key, { flow, toClient, fromClient, ...seen }] of this.#flows) {
      if (toClient === undefined || fromClient === undefined) continue;
      const silentMs = nowMs - seen.answeredAtMs;
      const isAnswered = seen.askedAtMs < seen.answeredAtMs && silentMs > answeredMs && silentMs < askingMs;
      if (!isAnswered && !seen.isProbeAnswered) continue;
      endings.push({ flow, toClient, fromClient });
      this.#flows.delete(key);
    }
    return endings;
  }

  /** Those that nothing was seen of; each is returned once, to be sent the probe. */
  takeSilent(nowMs: number): readonly Flow[] {
    const silent = [...this.#flows.values()].filter(
      ({ toClient, askedAtMs, probedAtMs }) =>
        toClient === undefined && probedAtMs === undefined && askedAtMs === Number.NEGATIVE_INFINITY,
    );
    for (const seen of silent) seen.probedAtMs = nowMs;
    return silent.map(({ flow }) => flow);
  }

  #asked(seen: Seen, { sequence, acknowledgement, length }: Segment, nowMs: number): void {
    if (length > 0) {
      seen.askedAtMs = nowMs;
      seen.isProbeAnswered = false;
      return;
    }
    if (seen.probedAtMs === undefined || seen.askedAtMs >= seen.probedAtMs) return;
    seen.toClient = acknowledgement;
    seen.fromClient = sequence;
    seen.isProbeAnswered = true;
  }
}

function keyOf(client: string, clientPort: number, address: string, port: number): string {
  return `${joinHostPort(client, clientPort)} ${joinHostPort(address, port)}`;
}

/** Sequence numbers go round. */
function later(one: number | undefined, other: number): number {
  return one === undefined || ((other - one) | 0) > 0 ? other : one;
}
