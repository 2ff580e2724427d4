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

export interface Dataplane {
  readonly name: string;
  /**
   * Makes `next` so. Level-triggered: may be called again with the same table, and after a failure. Problems of single
   * Frontends are reported and retried at the next call; it rejects only when nothing could be done at all.
   */
  apply(next: ForwardingTable): Promise<ApplyReport>;
  /** Stops forwarding; `graceMs` lets established connections end by themselves first. */
  close(graceMs: number): Promise<void>;
}
