/** StatusReport: what a load balancer does now, as others read it (`/status`, `porthole lb status`). Pure. */
import type { FrontendCounters, Problem } from "../../dataplane/index.ts";
import { formatServicePortName } from "../../forwarding/index.ts";
import { formatTime } from "../../lib/rfc3339.ts";
import type { BackendState } from "../model/backend-status.ts";
import type { FrontendState } from "../model/balancer-model.ts";
import type { SharingStatus } from "../share-addresses.ts";

export interface BackendReport {
  readonly node: string;
  readonly address: string;
  readonly port: number;
  readonly state: BackendState;
  /** Share of new connections relative to the others'; 0: none. */
  readonly weight: number;
  readonly reason: string;
  /** RFC 3339. */
  readonly since: string;
}

export interface FrontendReport {
  readonly key: string;
  /** `default/web:http` */
  readonly service: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: string;
  /** Why it is not served, a sentence each; empty if it is. */
  readonly problems: readonly string[];
  readonly counters?: FrontendCounters;
  readonly backends: readonly BackendReport[];
}

export interface StatusReport {
  readonly name: string;
  /** Targets that are probed. */
  readonly targets: number;
  readonly frontends: readonly FrontendReport[];
  /** Where addresses are shared with other balancers. */
  readonly sharing?: {
    /** False: this balancer takes no address. */
    readonly healthy: boolean;
    readonly routers: readonly VirtualRouterReport[];
  };
}

export interface VirtualRouterReport {
  readonly id: number;
  readonly family: string;
  readonly addresses: readonly string[];
  readonly priority: number;
  /** `active`: the addresses are here. `backup`: another balancer has them. `initialize`: it takes no part. `leaving`: it hands them over. */
  readonly state: string;
}

/** What the report is made of. */
export interface StatusSource {
  readonly name: string;
  readonly targetCount: number;
  states(): ReadonlyMap<string, FrontendState>;
  /** As they were when they were refreshed last. */
  counters(): ReadonlyMap<string, FrontendCounters>;
  refreshCounters(): Promise<void>;
  /** Undefined before anything was served. */
  problems(): readonly Problem[] | undefined;
}

export function buildStatusReport(source: StatusSource, sharing?: SharingStatus): StatusReport {
  const counters = source.counters();
  const problems = source.problems() ?? [];
  const states = [...source.states()].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    name: source.name,
    targets: source.targetCount,
    frontends: states.map(([key, state]) => {
      const { service, address, port, protocol } = state.balanced;
      const counted = counters.get(key);
      return {
        key,
        service: formatServicePortName(service),
        address,
        port,
        protocol,
        problems: problems.filter(({ frontend }) => frontend === key).map(({ message }) => message),
        ...(counted && { counters: counted }),
        backends: [...presentBackends(state), ...drainingBackends(state)],
      };
    }),
    ...(sharing && { sharing: describeSharing(sharing) }),
  };
}

function describeSharing({ healthy, routers }: SharingStatus): NonNullable<StatusReport["sharing"]> {
  return {
    healthy,
    routers: routers.map(({ router: { vrid: id, family, addresses, priority }, state }) => ({
      id,
      family,
      addresses,
      priority,
      state,
    })),
  };
}

function presentBackends({ balanced, statuses }: FrontendState): readonly BackendReport[] {
  return balanced.backends.flatMap(({ node, address, port }, index) => {
    const status = statuses[index];
    if (!status) return [];
    const { state, weight, reason, sinceMs } = status;
    return [{ node, address, port, state, weight, reason, since: formatTime(sinceMs) }];
  });
}

function drainingBackends({ draining }: FrontendState): readonly BackendReport[] {
  return draining.map(({ backend: { node, address, port }, sinceMs, untilMs }) => ({
    node,
    address,
    port,
    state: "draining" as const,
    weight: 0,
    reason: `it left; connections may go on until ${formatTime(untilMs)}`,
    since: formatTime(sinceMs),
  }));
}
