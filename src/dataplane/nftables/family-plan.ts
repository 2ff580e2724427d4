/** FamilyPlan: what the table of one address family must hold, row by row, kept up at the cost of what changes. */
import type { Family, Target as ForwardingTarget, Frontend } from "../../forwarding/forwarding-table.ts";
import { formatServicePortName } from "../../forwarding/frontend-key.ts";
import { assertNever } from "../../lib/assert-never.ts";
import type { Problem } from "../dataplane.ts";
import type { FrontendChange } from "../frontend-changes.ts";
import { addressKey } from "./address-key.ts";
import { CountedRows } from "./counted-rows.ts";
import { commentOf, entranceRows, frontendRows, type PlacedFrontend, sourceRows } from "./frontend-rows.ts";
import { IdSpace } from "./id-space.ts";
import { sets } from "./names.ts";
import type { Row } from "./row.ts";
import type { RowSink } from "./row-delta.ts";
import { SessionSpace } from "./session-space.ts";
import { TargetBook, type TargetMemory } from "./target-book.ts";
import { REFUSE, SILENCE, STICKY_ENDPOINTS, VIRTUAL_SERVER } from "./target-id.ts";
import { targetRows } from "./target-rows.ts";

/** What a frontend led to before this process was there; nothing where the kernel's table is new. */
export type Remember = (frontend: Frontend, scope: "external" | "internal") => TargetMemory;

/** Says whether a virtual server of IPVS chooses among what the frontend leads to. */
export type ByVirtualServer = (frontend: Frontend, scope: "external" | "internal") => boolean;

export interface FamilyPlan {
  readonly ids: IdSpace;
  /** Takes changes in, and hands the rows that go and come to the sink. */
  change(changes: readonly FrontendChange[], sink: RowSink): void;
  /** Every row that the kernel must hold, in publish order; those of the node's own addresses are not among them. */
  rows(): Iterable<Row>;
  /** By frontend's key: those that are not as they should be. */
  problems(): ReadonlyMap<string, Problem>;
}

/** Starts with no frontends. */
export function createFamilyPlan(
  family: Family,
  remember: Remember = () => ({}),
  byVirtualServer: ByVirtualServer = () => false,
): FamilyPlan {
  const ids = new IdSpace();
  const localEndpoints = new CountedRows(localEndpoint);
  const clusterIps = new CountedRows(clusterIp);
  const targets = new TargetBook(ids, new SessionSpace(), localEndpoints);
  const placed = new Map<string, PlacedFrontend>();
  const problems = new Map<string, Problem>();

  const remove = (frontend: Frontend, sink: RowSink): void => {
    const known = placed.get(frontend.key);
    if (!known) return;
    placed.delete(frontend.key);
    problems.delete(frontend.key);
    sink.take(frontendRows(known));
    if (frontend.kind === "ClusterIP") clusterIps.remove(frontend.address ?? "", sink);
    targets.release(known.external);
    targets.release(known.internal);
    for (const address of localAddresses(known)) localEndpoints.remove(address, sink);
  };

  const place = (frontend: Frontend, scope: "external" | "internal", sink: RowSink): number => {
    const target: ForwardingTarget = frontend[scope];
    switch (target.kind) {
      case "reject":
        return REFUSE;
      case "drop":
        return SILENCE;
      case "forward": {
        if (byVirtualServer(frontend, scope)) return VIRTUAL_SERVER;
        const { spec, problem } = specFor(frontend, target);
        if (problem) problems.set(frontend.key, problem);
        const found = targets.acquire(spec, remember(frontend, scope), sink);
        if (found) return found.id;
        problems.set(frontend.key, outOfIds(frontend));
        return REFUSE;
      }
      default:
        return assertNever(target);
    }
  };

  const put = (frontend: Frontend, sink: RowSink): void => {
    const external = place(frontend, "external", sink);
    const internal = place(frontend, "internal", sink);
    const known = { frontend, external, internal };
    placed.set(frontend.key, known);
    sink.put(frontendRows(known));
    for (const address of localAddresses(known)) localEndpoints.add(address, sink);
    if (frontend.kind === "ClusterIP") clusterIps.add(frontend.address ?? "", sink);
  };

  return {
    ids,
    change(changes, sink) {
      for (const { previous, next } of changes) {
        if (previous?.family === family) remove(previous, sink);
        if (next?.family === family) remove(next, sink);
      }
      for (const { next } of changes) if (next?.family === family) put(next, sink);
      targets.dropIdle(sink);
    },
    *rows() {
      for (const target of targets.targets()) yield* targetRows(target);
      yield* localEndpoints.rows();
      for (const one of placed.values()) yield* sourceRows(one);
      for (const one of placed.values()) yield* entranceRows(one);
      yield* clusterIps.rows();
    },
    problems: () => problems,
  };
}

/** Of this node's endpoints that virtual servers lead to; of all others the targets tell. */
function localAddresses({ frontend, external, internal }: PlacedFrontend): readonly string[] {
  const scopes = [
    ...(external === VIRTUAL_SERVER ? [frontend.external] : []),
    ...(internal === VIRTUAL_SERVER ? [frontend.internal] : []),
  ];
  return scopes.flatMap((target) =>
    target.kind === "forward"
      ? target.backends.filter(({ local }) => local).map(({ address }) => address)
      : [],
  );
}

function specFor(frontend: Frontend, target: ForwardingTarget & { readonly kind: "forward" }) {
  const { service, protocol, affinitySeconds, spread, established } = frontend;
  const spec = {
    service: `${formatServicePortName(service)}/${protocol}`,
    set: target.choice?.set ?? "cluster",
    comment: commentOf(frontend),
    backends: target.backends,
    ...(spread === "maglev" && { byHash: true, ...(established && { known: established.length }) }),
    ...(affinitySeconds !== undefined && { affinitySeconds }),
  };
  if (affinitySeconds === undefined || target.backends.length <= STICKY_ENDPOINTS) return { spec };
  const backends = target.backends.slice(0, STICKY_ENDPOINTS);
  return { spec: { ...spec, backends }, problem: tooManyEndpoints(frontend, target.backends.length) };
}

function clusterIp(address: string): Row {
  return { set: sets.clusterIps, key: addressKey(address) };
}

function localEndpoint(address: string): Row {
  return { set: sets.localEndpoints, key: addressKey(address).repeat(2) };
}

function tooManyEndpoints({ key, service }: Frontend, count: number): Problem {
  const message =
    `Service "${formatServicePortName(service)}" has session affinity and ${count} endpoints; the nftables dataplane ` +
    `uses the first ${STICKY_ENDPOINTS}: use fewer endpoints, or no session affinity`;
  return { frontend: key, code: "not-supported", message };
}

function outOfIds({ key, service }: Frontend): Problem {
  const message =
    `Service "${formatServicePortName(service)}" is refused on ${key}: there are too many different numbers of endpoints ` +
    "and affinity time-outs for the nftables dataplane; give Services the same sessionAffinityConfig";
  return { frontend: key, code: "not-supported", message };
}
