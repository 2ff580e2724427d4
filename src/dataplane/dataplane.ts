/** The contract of a dataplane: it makes the node do what a ForwardingTable says. */
import type { ForwardingTable } from "../forwarding/forwarding-table.ts";

export interface Problem {
  /** Key of the Frontend that could not be programmed. */
  readonly frontend: string;
  /** The node's address it failed on, where that matters. */
  readonly address?: string;
  readonly code:
    | "address-in-use"
    | "address-not-available"
    | "permission-denied"
    | "not-supported"
    | "failed";
  /** A sentence for the user: what failed, why, and what to do. */
  readonly message: string;
}

export interface ApplyReport {
  /** How many Frontends are live, on every address that they have. */
  readonly programmed: number;
  readonly problems: readonly Problem[];
}

/** What went through one Frontend since it is there. Numbers grow until the Frontend leaves the table. */
export interface FrontendCounters {
  /** TCP connections and UDP flows that were led to a backend. */
  readonly connections: number;
  /** Those of them that are open. */
  readonly active: number;
  /** Payload from clients, and to clients. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Where the kernel forwards and counts; there bytes are those of packets, with the headers of IP. */
  readonly packetsReceived?: number;
  readonly packetsSent?: number;
  /** Clients that were turned away: no backend, none that answered, or a bound reached; packets where the kernel forwards. Absent where the dataplane does not see them. */
  readonly refused?: number;
  /** Packets, in mode userspace connections and datagrams, that got no answer on purpose, by the reason. Absent where the dataplane does not see them. */
  readonly dropped?: Readonly<Partial<Record<DropReason, number>>>;
}

/** Counters that are one number. */
export type CountedField = Exclude<keyof FrontendCounters, "dropped">;

export type DropReason =
  | "no-local-endpoints"
  | "source-not-in-ranges"
  /** Conntrack cannot place the packet: it is far outside the TCP window, say. */
  | "invalid";

export interface Dataplane {
  readonly name: string;
  /**
   * Makes `next` so. Level-triggered: may be called again with the same table, and after a failure. Problems of single
   * Frontends are reported and retried at the next call; it rejects only when nothing could be done at all.
   *
   * PERF: a table is a value and stays as it is, so a dataplane may keep the last one that it made so and ask
   * `diff(last, next)`: of two tables of one ForwardingModel that costs what changed, however much lies between them, while
   * a walk over `next.frontends` costs what is there.
   */
  apply(next: ForwardingTable): Promise<ApplyReport>;
  /**
   * Looks whether what was applied is still there, and mends what somebody else changed. The proxy asks every second, so it must
   * cost next to nothing where nobody did; dataplanes that nobody else can reach have none.
   */
  heal?(): Promise<void>;
  /** By Frontend key; dataplanes that cannot count have none. */
  counters?(): ReadonlyMap<string, FrontendCounters>;
  /** Asks the kernel, so that `counters` tells what has been counted by now; absent where it always does. */
  refreshCounters?(): Promise<void>;
  /** What it measures of its own work, in Prometheus' text; absent where there is nothing to say. */
  metrics?(): string;
  /**
   * Ends the connections that clients opened to these addresses, each at a moment at which that costs its client nothing, if such a moment
   * comes within a second. Absent where that cannot be done.
   */
  letGo?(addresses: ReadonlySet<string>): void;
  /** Stops forwarding; `graceMs` lets established connections end by themselves first, and what is left then is let go. */
  close(graceMs: number): Promise<void>;
}
