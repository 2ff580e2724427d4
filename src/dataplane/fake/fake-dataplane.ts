/** A dataplane in memory: it answers for packets by `decide`, and remembers affinity as a node would. */
import {
  type Backend,
  type Decision,
  decide,
  type ForwardingTable,
  formatServicePortName,
  type Packet,
  type PacketState,
  scopeOf,
} from "../../forwarding/index.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { ApplyReport, Dataplane, Problem } from "../dataplane.ts";

export interface FakePacket extends Pick<Packet, "to" | "protocol" | "port"> {
  readonly from: string;
  /** The backend that the packet's connection or flow was led to before. */
  readonly established?: string;
}

export interface Route {
  readonly verdict: Decision["verdict"];
  readonly backend?: Backend;
  /** Whose address the backend sees. */
  readonly source?: "kept" | "masqueraded";
}

export interface FakeDataplane extends Dataplane {
  /** All tables that were applied, oldest first. */
  readonly applied: readonly ForwardingTable[];
  readonly closed: boolean;
  /** Resolves with the newest table once one is applied that is as asked; at once if the newest is. */
  whenApplied(isAsAsked: (table: ForwardingTable) => boolean): Promise<ForwardingTable>;
  /** What becomes of a packet. */
  route(packet: FakePacket): Route;
  /** From now on `apply` reports these; a problem of a frontend that a table does not have is left out. */
  failWith(problems: readonly Problem[]): void;
  /** The next `apply` rejects. */
  failOnce(error: Error): void;
}

export interface FakeDataplaneOptions {
  readonly clock?: Clock;
  readonly random?: () => number;
}

export function createFakeDataplane(options: FakeDataplaneOptions = {}): FakeDataplane {
  const { clock = systemClock, random = Math.random } = options;
  const applied: ForwardingTable[] = [];
  const lead = createRouter(clock, random);
  let problems: readonly Problem[] = [];
  let failure: Error | undefined;
  let closed = false;
  const waiting = new Set<() => void>();

  return {
    name: "fake",
    applied,
    get closed() {
      return closed;
    },
    async apply(table): Promise<ApplyReport> {
      const error = failure;
      failure = undefined;
      if (error) throw error;
      applied.push(table);
      for (const look of waiting) look();
      const own = problems.filter(({ frontend }) => table.frontends.has(frontend));
      const failed = new Set(own.map(({ frontend }) => frontend));
      return { programmed: table.frontends.size - failed.size, problems: own };
    },
    async close() {
      closed = true;
    },
    whenApplied: (isAsAsked) =>
      new Promise((resolve) => {
        const look = () => {
          const table = applied.at(-1);
          if (!table || !isAsAsked(table)) return;
          waiting.delete(look);
          resolve(table);
        };
        waiting.add(look);
        look();
      }),
    route(packet) {
      const table = applied.at(-1);
      return !table || closed ? { verdict: "not-ours" } : lead(table, packet);
    },
    failWith(next) {
      problems = next;
    },
    failOnce(error) {
      failure = error;
    },
  };
}

/** Leads packets by `decide`, and remembers which backend a client used last. */
function createRouter(
  clock: Clock,
  random: () => number,
): (table: ForwardingTable, packet: FakePacket) => Route {
  const affinity = new Map<string, { readonly backend: string; readonly usedAt: number }>();
  const stateOf = ({ established }: FakePacket, affinityKey: string): PacketState => {
    const known = affinity.get(affinityKey);
    return {
      ...(established !== undefined && { established }),
      ...(known && {
        affinity: { backend: known.backend, ageSeconds: (clock.now() - known.usedAt) / 1000 },
      }),
    };
  };
  return (table, packet) => {
    const { from, to, protocol, port } = packet;
    const asked = { from: { address: from, scope: scopeOf(table, from) }, to, protocol, port };
    const first = decide(table, asked);
    if (first.verdict === "not-ours") return { verdict: "not-ours" };
    const key = `${from} ${protocol} ${formatServicePortName(first.frontend.service)}`;
    const decision = decide(table, { ...asked, state: stateOf(packet, key) });
    if (decision.verdict !== "forward") return { verdict: decision.verdict };
    const backend = decision.backends[Math.floor(random() * decision.backends.length)];
    if (!backend) return { verdict: "reject" };
    if (decision.affinitySeconds !== undefined) {
      affinity.set(key, { backend: backend.key, usedAt: clock.now() });
    }
    const source = decision.hairpin === backend.key ? "masqueraded" : decision.source;
    return { verdict: "forward", backend, source };
  };
}
