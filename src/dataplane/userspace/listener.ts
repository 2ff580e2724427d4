/** Listener: one socket that clients reach, and what is done with them. */
import type { ForwardingTable, Frontend } from "../../forwarding/index.ts";
import type { Counters } from "./counters.ts";

/** What a listener needs of the table; replaced as a whole when the table changes. */
export interface ListenerState {
  readonly frontend: Frontend;
  readonly table: Pick<ForwardingTable, "nodeAddresses" | "podCIDRs">;
  readonly counters: Counters;
}

export interface Listener {
  /** Makes new clients, and UDP flows whose backend has left, follow another state. */
  update(state: ListenerState): Promise<void>;
  /** Takes no more clients. Established TCP connections go on. */
  close(): Promise<void>;
}
