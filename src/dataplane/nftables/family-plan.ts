/** FamilyPlan: what the table of one address family must hold, row by row, kept up at the cost of what changes. */
import type { Family, Target as ForwardingTarget, Frontend } from "../../forwarding/forwarding-table.ts";
import { formatServicePortName } from "../../forwarding/frontend-key.ts";
import { assertNever } from "../../lib/assert-never.ts";
import type { Problem } from "../dataplane.ts";
import { CountedRows } from "./counted-rows.ts";
import { commentOf, frontendRows, type PlacedFrontend } from "./frontend-rows.ts";
import { IdSpace } from "./id-space.ts";
import { sets } from "./names.ts";
import { addressKey, type Row } from "./row.ts";
import { type RowChange, RowDelta } from "./row-delta.ts";
import { SessionSpace } from "./session-space.ts";
import { TargetBook, type TargetMemory } from "./target-book.ts";
import { REFUSE, SESSION_ENDPOINTS, SILENCE } from "./target-id.ts";
import { targetRows } from "./target-rows.ts";

/** A place that changes hands or meaning; either side may be nobody. */
export interface FrontendChange {
  readonly previous?: Frontend;
  readonly next?: Frontend;
}

/** What a frontend led to before this process was there; nothing where the kernel's table is new. */
export type Remember = (frontend: Frontend, scope: "external" | "internal") => TargetMemory;

export interface FamilyPlan {
  readonly ids: IdSpace;
  /** Takes changes in, and returns what the kernel's rows must change by. */
  change(changes: readonly FrontendChange[]): readonly RowChange[];
  /** Every row that the kernel must hold; sets of node and cluster addresses are not among them. */
  rows(): readonly Row[];
  /** By frontend's key: those that are not as they should be. */
  problems(): ReadonlyMap<string, Problem>;
}

/** Starts with no frontends. */
export function createFamilyPlan(family: Family, remember: Remember = () => ({})): FamilyPlan {
  const ids = new IdSpace();
  const localEndpoints = new CountedRows();
  const clusterIps = new CountedRows();
  const targets = new TargetBook(ids, new SessionSpace(), localEndpoints);
  const placed = new Map<string, PlacedFrontend>();
  const problems = new Map<string, Problem>();

  const remove = (frontend: Frontend, delta: RowDelta): void => {
    const known = placed.get(frontend.key);
    if (!known) return;
    placed.delete(frontend.key);
    problems.delete(frontend.key);
    for (const row of frontendRows(known)) delta.take(row);
    if (frontend.kind === "ClusterIP") clusterIps.remove(clusterIp(frontend), delta);
    targets.release(known.external);
    targets.release(known.internal);
  };

  const place = (frontend: Frontend, scope: "external" | "internal", delta: RowDelta): number => {
    const target: ForwardingTarget = frontend[scope];
    switch (target.kind) {
      case "reject":
        return REFUSE;
      case "drop":
        return SILENCE;
      case "forward": {
        const { spec, problem } = specFor(frontend, target);
        if (problem) problems.set(frontend.key, problem);
        const found = targets.acquire(spec, remember(frontend, scope), delta);
        if (found) return found.id;
        problems.set(frontend.key, outOfIds(frontend));
        return REFUSE;
      }
      default:
        return assertNever(target);
    }
  };

  const put = (frontend: Frontend, delta: RowDelta): void => {
    const external = place(frontend, "external", delta);
    const internal = place(frontend, "internal", delta);
    const known = { frontend, external, internal };
    placed.set(frontend.key, known);
    for (const row of frontendRows(known)) delta.put(row);
    if (frontend.kind === "ClusterIP") clusterIps.add(clusterIp(frontend), delta);
  };

  return {
    ids,
    change(changes) {
      const delta = new RowDelta();
      for (const { previous, next } of changes) {
        if (previous?.family === family) remove(previous, delta);
        if (next?.family === family) remove(next, delta);
      }
      for (const { next } of changes) if (next?.family === family) put(next, delta);
      targets.dropIdle(delta);
      return delta.changes();
    },
    rows: () => [
      ...[...placed.values()].flatMap(frontendRows),
      ...targets.targets().flatMap(targetRows),
      ...localEndpoints.rows(),
      ...clusterIps.rows(),
    ],
    problems: () => problems,
  };
}

function specFor(frontend: Frontend, target: ForwardingTarget & { readonly kind: "forward" }) {
  const { service, protocol, affinitySeconds } = frontend;
  const spec = {
    key: `${formatServicePortName(service)}/${protocol}/${target.choice?.set ?? "cluster"}`,
    comment: commentOf(frontend),
    backends: target.backends,
    ...(affinitySeconds !== undefined && { affinitySeconds }),
  };
  if (affinitySeconds === undefined || target.backends.length <= SESSION_ENDPOINTS) return { spec };
  const backends = target.backends.slice(0, SESSION_ENDPOINTS);
  return { spec: { ...spec, backends }, problem: tooManyEndpoints(frontend, target.backends.length) };
}

function clusterIp({ address = "" }: Frontend): Row {
  return { set: sets.clusterIps, key: addressKey(address) };
}

function tooManyEndpoints({ key, service }: Frontend, count: number): Problem {
  const message =
    `Service "${formatServicePortName(service)}" has session affinity and ${count} endpoints; the nftables dataplane ` +
    `uses the first ${SESSION_ENDPOINTS}: use fewer endpoints, or no session affinity`;
  return { frontend: key, code: "not-supported", message };
}

function outOfIds({ key, service }: Frontend): Problem {
  const message =
    `Service "${formatServicePortName(service)}" is refused on ${key}: there are too many different numbers of endpoints ` +
    "and affinity time-outs for the nftables dataplane; give Services the same sessionAffinityConfig";
  return { frontend: key, code: "not-supported", message };
}
