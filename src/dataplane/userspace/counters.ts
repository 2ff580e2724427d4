/** Counters of one frontend, added to on the hot path. */
import type { DropReason, FrontendCounters } from "../dataplane.ts";

/** Bytes of one direction; its own object so that a relay needs to know nothing else. */
export interface ByteTally {
  bytes: number;
}

export interface Counters {
  connections: number;
  active: number;
  refused: number;
  readonly dropped: Partial<Record<DropReason, number>>;
  readonly received: ByteTally;
  readonly sent: ByteTally;
}

export function createCounters(): Counters {
  return { connections: 0, active: 0, refused: 0, dropped: {}, received: { bytes: 0 }, sent: { bytes: 0 } };
}

export function countDrop({ dropped }: Counters, reason: DropReason): void {
  dropped[reason] = (dropped[reason] ?? 0) + 1;
}

/** Returns a copy for others to read. */
export function readCounters({ received, sent, dropped, ...rest }: Counters): FrontendCounters {
  return { ...rest, dropped: { ...dropped }, bytesReceived: received.bytes, bytesSent: sent.bytes };
}
