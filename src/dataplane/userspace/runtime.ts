/** Runtime: what all parts of one userspace dataplane share. */
import type { Backend, Frontend } from "../../forwarding/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { AffinityTable } from "./affinity-table.ts";
import type { ConnectionSet } from "./connection-set.ts";
import type { Limits } from "./limits.ts";
import type { MaglevTables } from "./maglev-tables.ts";
import type { RelayBuffers } from "./relay-buffers.ts";
import type { SourcePorts } from "./source-ports.ts";
import type { UdpFlows } from "./udp-flows.ts";

/** A client could not be led to a backend; `reason` is the system's code (`ECONNREFUSED`), or `timeout`. */
export interface BackendFailure {
  readonly frontend: Frontend;
  readonly backend: Backend;
  readonly reason: string;
}

export interface Runtime {
  readonly log: Logger;
  readonly clock: Clock;
  /** At least 0 and less than 1. */
  readonly random: () => number;
  readonly limits: Limits;
  readonly affinity: AffinityTable;
  readonly maglev: MaglevTables;
  readonly buffers: RelayBuffers;
  readonly sourcePorts: SourcePorts;
  readonly connections: ConnectionSet;
  readonly flows: UdpFlows;
  readonly onBackendFailure?: (failure: BackendFailure) => void;
}
