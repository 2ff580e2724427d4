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

/** When a segment passed, times of one clock: who looks now and then knows no better. */
export interface Moment {
  readonly afterMs: number;
  readonly beforeMs: number;
}

interface Seen {
  readonly flow: Flow;
  toClient: number | undefined;
  fromClient: number | undefined;
  /** The last bytes were the client's. */
  isAsked: boolean;
  answered: Moment | undefined;
  isProbed: boolean;
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
        isAsked: false,
        answered: undefined,
        isProbed: false,
        isProbeAnswered: false,
      });
    }
  }

  get size(): number {
    return this.#flows.size;
  }

  /** To be told of all segments, in order. */
  see(segment: Segment, moment: Moment): void {
    const { source, sourcePort, destination, destinationPort, sequence, acknowledgement, flags, length } =
      segment;
    const [up, down] = [
      keyOf(source, sourcePort, destination, destinationPort),
      keyOf(destination, destinationPort, source, sourcePort),
    ];
    const isUp = this.#flows.has(up);
    const seen = this.#flows.get(isUp ? up : down);
    if (!seen) return;
    if (!isUp && seen.isProbed && sequence === probe.sequence) return;
    if ((flags & (FIN | RST)) !== 0) {
      // It ends by itself.
      this.#flows.delete(isUp ? up : down);
      return;
    }
    if (isUp) this.#fromClient(seen, segment);
    else if (length > 0) {
      seen.toClient = later(seen.toClient, (sequence + length) >>> 0);
      seen.fromClient = later(seen.fromClient, acknowledgement);
      seen.isAsked = false;
      seen.answered = moment;
    }
  }

  /** Takes out those that can be ended now. */
  take(nowMs: number): readonly Ending[] {
    const endings: Ending[] = [];
    for (const [key, seen] of this.#flows) {
      const { flow, toClient, fromClient } = seen;
      if (toClient === undefined || fromClient === undefined) continue;
      if (!isBehindAnswer(seen, nowMs) && !seen.isProbeAnswered) continue;
      endings.push({ flow, toClient, fromClient });
      this.#flows.delete(key);
    }
    return endings;
  }

  /** Those of which nothing was seen for so long; each is returned once, to be sent the probe. */
  takeSilent(nowMs: number, silentMs: number): readonly Flow[] {
    const silent = [...this.#flows.values()].filter(
      ({ isAsked, isProbed, answered }) =>
        !isAsked && !isProbed && !(answered && nowMs - answered.beforeMs < silentMs),
    );
    for (const seen of silent) seen.isProbed = true;
    return silent.map(({ flow }) => flow);
  }

  #fromClient(seen: Seen, { sequence, acknowledgement, length }: Segment): void {
    if (length > 0) {
      seen.isAsked = true;
      seen.isProbeAnswered = false;
    } else if (seen.isProbed && !seen.isAsked) {
      seen.toClient = acknowledgement;
      seen.fromClient = sequence;
      seen.isProbeAnswered = true;
    }
  }
}

function isBehindAnswer({ isAsked, answered }: Seen, nowMs: number): boolean {
  if (isAsked || answered === undefined) return false;
  return nowMs - answered.beforeMs > answeredMs && nowMs - answered.afterMs < askingMs;
}

function keyOf(client: string, clientPort: number, address: string, port: number): string {
  return `${joinHostPort(client, clientPort)} ${joinHostPort(address, port)}`;
}

/** Sequence numbers go round. */
function later(one: number | undefined, other: number): number {
  return one === undefined || ((other - one) | 0) > 0 ? other : one;
}
