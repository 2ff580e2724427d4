/** Packets that rules turned away, by frontend and reason. */
import type { DropReason, FrontendCounters } from "./dataplane.ts";

export type TurnedAwayReason = "refused" | DropReason;

const nothing: FrontendCounters = { connections: 0, active: 0, bytesReceived: 0, bytesSent: 0 };

export class TurnedAwaySums {
  readonly #sums: Map<string, FrontendCounters>;

  /** Begins with what was counted before. */
  constructor(before: ReadonlyMap<string, FrontendCounters> = new Map()) {
    this.#sums = new Map(before);
  }

  add(frontend: string, reason: TurnedAwayReason, packets: number): void {
    const before = this.#sums.get(frontend) ?? nothing;
    const { refused = 0, dropped } = before;
    this.#sums.set(
      frontend,
      reason === "refused"
        ? { ...before, refused: refused + packets }
        : { ...before, dropped: { ...dropped, [reason]: (dropped?.[reason] ?? 0) + packets } },
    );
  }

  sums(): ReadonlyMap<string, FrontendCounters> {
    return this.#sums;
  }
}
