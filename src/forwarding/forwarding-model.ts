/** ForwardingModel: turns changing Services, EndpointSlices and node into ForwardingTables, at the cost of what changed. */
import type { EndpointSlice } from "../api/endpoint-slice.ts";
import type { Service } from "../api/service.ts";
import { isSameFrontend } from "./compare-frontends.ts";
import { type CompiledService, compileService } from "./compile-service.ts";
import type { ForwardingTable, Frontend } from "./forwarding-table.ts";
import { FrontendClaims } from "./frontend-claims.ts";
import type { HealthCheck } from "./health-check.ts";
import { asksForSameFrontends, type NodeView } from "./node-view.ts";
import { ProblemBook } from "./problem-book.ts";
import { formatServiceKey, type ServiceKey, type ServiceProblem } from "./service-problem.ts";
import { SliceIndex } from "./slice-index.ts";
import { SortedMap } from "./sorted-map.ts";
import { diffOfChanges, type TableDiff } from "./table-diff.ts";

export interface ModelOptions {
  /** Serve Services that carry this name as `service.kubernetes.io/service-proxy-name`; absent: those without the label. */
  readonly proxyName?: string;
}

export interface ModelUpdate {
  readonly table: ForwardingTable;
  /** From the table of the last update to this one. */
  readonly diff: TableDiff;
  /** All problems that there are now, by Service (`default/web`); the same map as before where none of them changed. */
  readonly problems: ReadonlyMap<string, readonly ServiceProblem[]>;
  /** All health checks that there are now, by Service; the same map as before where none of them changed. */
  readonly healthChecks: ReadonlyMap<string, HealthCheck>;
}

/** Tell it what is, in any order; `update` says what follows. Keeps the objects that it is given and one result per Service. */
export class ForwardingModel {
  readonly #proxyName: string | undefined;
  #node: NodeView;
  #table: ModelTable;
  readonly #services = new Map<string, Service>();
  readonly #slices = new SliceIndex();
  readonly #compiled = new Map<string, CompiledService>();
  readonly #claims = new FrontendClaims();
  /** The frontend that the table has for a slot. */
  readonly #winners = new Map<string, Frontend>();
  readonly #problems = new ProblemBook();
  #healthChecks = SortedMap.empty<HealthCheck>();
  /** Services that are to be compiled again. */
  readonly #dirty = new Set<string>();

  constructor(node: NodeView, { proxyName }: ModelOptions = {}) {
    this.#node = node;
    this.#proxyName = proxyName;
    this.#table = tableFor(node, SortedMap.empty());
  }

  setNode(node: NodeView): void {
    if (!asksForSameFrontends(node, this.#node))
      for (const key of this.#services.keys()) this.#dirty.add(key);
    this.#node = node;
  }

  setService(service: Service): void {
    const { namespace = "", name } = service.metadata;
    const key = formatServiceKey({ namespace, name });
    this.#services.set(key, service);
    this.#dirty.add(key);
  }

  deleteService(service: ServiceKey): void {
    const key = formatServiceKey(service);
    this.#services.delete(key);
    this.#dirty.add(key);
  }

  setSlice(slice: EndpointSlice): void {
    for (const service of this.#slices.set(slice)) this.#dirty.add(service);
  }

  deleteSlice(slice: ServiceKey): void {
    for (const service of this.#slices.delete(slice)) this.#dirty.add(service);
  }

  /** PERF: at the cost of the Services that changed. */
  update(): ModelUpdate {
    const touched = new Set<string>();
    for (const key of this.#dirty) for (const slot of this.#recompile(key)) touched.add(slot);
    this.#settleServices(this.#dirty);
    this.#dirty.clear();

    const previous = this.#table;
    const pairs = [...touched].map((slot) => [this.#winners.get(slot), this.#claims.winner(slot)] as const);
    for (const slot of touched) this.#settle(slot);
    const next = tableFor(this.#node, previous.frontends.with(changesOf(pairs)));
    this.#table = next;
    return {
      table: next,
      diff: diffOfChanges(pairs, previous.nodePortAddresses, next.nodePortAddresses),
      problems: this.#problems.all(),
      healthChecks: this.#healthChecks,
    };
  }

  #settle(slot: string): void {
    const winner = this.#claims.winner(slot);
    if (winner) this.#winners.set(slot, winner);
    else this.#winners.delete(slot);
    this.#problems.setOfSlot(slot, this.#claims.problems(slot));
  }

  #settleServices(keys: Iterable<string>): void {
    const healthChecks = new Map<string, HealthCheck | undefined>();
    for (const key of keys) {
      const { problems = [], healthCheck } = this.#compiled.get(key) ?? {};
      this.#problems.setOfService(key, problems);
      if (healthCheck || this.#healthChecks.has(key)) healthChecks.set(key, healthCheck);
    }
    this.#healthChecks = this.#healthChecks.with(healthChecks);
  }

  /** Returns the slots that may have changed hands. */
  #recompile(key: string): ReadonlySet<string> {
    const previous = this.#compiled.get(key);
    const service = this.#services.get(key);
    if (!service) {
      this.#compiled.delete(key);
      return this.#claims.replace(previous?.claims ?? [], []);
    }
    const next = compileService(service, this.#slices.of(key), this.#node, this.#proxyName);
    const before = new Map(previous?.claims.map((claim) => [claim.frontend.key, claim]));
    const claims = next.claims.map((claim) => {
      const known = before.get(claim.frontend.key);
      const isSame =
        known && known.createdAt === claim.createdAt && isSameFrontend(known.frontend, claim.frontend);
      return isSame ? known : claim;
    });
    this.#compiled.set(key, { ...next, claims });
    const kept = new Set(claims.filter((claim) => before.get(claim.frontend.key) === claim));
    return this.#claims.replace(
      (previous?.claims ?? []).filter((claim) => !kept.has(claim)),
      claims.filter((claim) => !kept.has(claim)),
    );
  }
}

/** One change per key; where a slot passes to a frontend with another key, one removal and one addition. */
function changesOf(
  pairs: readonly (readonly [Frontend | undefined, Frontend | undefined])[],
): ReadonlyMap<string, Frontend | undefined> {
  const changes = new Map<string, Frontend | undefined>();
  for (const [previous, next] of pairs) {
    if (previous && previous !== next) changes.set(previous.key, undefined);
    if (next && previous !== next) changes.set(next.key, next);
  }
  return changes;
}

type ModelTable = ForwardingTable & { readonly frontends: SortedMap<Frontend> };

function tableFor(node: NodeView, frontends: SortedMap<Frontend>): ModelTable {
  const { name, addresses, labels: _labels, ...rest } = node;
  return Object.freeze({ ...rest, node: name, nodeAddresses: addresses, frontends });
}
