/**
 * ClusterView: the rows of a cluster, kept up at the cost of what changes. It asks nobody: objects come in, and what a row says otherwise
 * than before is told to whoever watches.
 */
import { type EndpointSlice, serviceNameLabel } from "../../api/endpoint-slice.ts";
import type { Lease, Node } from "../../api/node.ts";
import { reportOfLease } from "../../api/proxy-report/proxy-report.ts";
import type { Service } from "../../api/service.ts";
import { describeNodeChange, describeServiceChange, type Happening } from "./describe-changes.ts";
import { nodeRow } from "./node-row.ts";
import type { NodeRow, RateRow, ServiceRow, TimelineEntry } from "./rows.ts";
import { serviceRow } from "./service-row.ts";
import { Timeline } from "./timeline.ts";

/** Keys of rows that say something else than before, or are gone. */
export interface TouchedRows {
  readonly services: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
  readonly timeline: readonly TimelineEntry[];
}

/** A row and its JSON, which is made once for all who watch. */
interface Kept<T> {
  readonly row: T;
  readonly text: string;
}

/** What a kind's cache tells: objects that are there now, and objects that are gone. */
export interface Told<T> {
  readonly present: readonly T[];
  readonly gone: readonly T[];
}

export class ClusterView {
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  readonly #nodes = new Map<string, Node>();
  /** By the node that they report of. */
  readonly #leases = new Map<string, Lease>();
  readonly #serviceRows = new Map<string, Kept<ServiceRow>>();
  readonly #nodeRows = new Map<string, Kept<NodeRow>>();
  readonly #dirtyServices = new Set<string>();
  readonly #dirtyNodes = new Set<string>();
  readonly #timeline = new Timeline();
  /** What is there when one begins to look did not happen just now. */
  #tells = false;
  rates: readonly RateRow[] = [];

  services(told: Told<Service>): void {
    for (const service of told.gone) this.#services.delete(this.#touchService(service.metadata));
    for (const service of told.present) this.#services.set(this.#touchService(service.metadata), service);
  }

  endpointSlices(told: Told<EndpointSlice>): void {
    for (const slice of told.gone) {
      const of = this.#slicesOf(slice);
      of.slices.delete(slice.metadata.name);
      if (of.slices.size === 0) this.#slices.delete(of.service);
    }
    for (const slice of told.present) this.#slicesOf(slice).slices.set(slice.metadata.name, slice);
  }

  nodes(told: Told<Node>): void {
    for (const { metadata } of told.gone) this.#nodes.delete(this.#touchNode(metadata.name));
    for (const node of told.present) this.#nodes.set(this.#touchNode(node.metadata.name), node);
  }

  leases(told: Told<Lease>): void {
    for (const lease of told.gone) this.#forgetLease(lease);
    for (const lease of told.present) {
      const node = reportOfLease(lease)?.node;
      if (node !== undefined) this.#leases.set(this.#touchNode(node), lease);
    }
  }

  /** From now on changes are things that happen. */
  beginToTell(): void {
    this.#tells = true;
  }

  /** Time alone makes proxies silent. */
  touchAllNodes(): void {
    for (const name of this.#nodes.keys()) this.#dirtyNodes.add(name);
  }

  /** Makes the rows that are due anew. `nowMs` since the epoch. */
  update(nowMs: number): TouchedRows {
    const happenings: Happening[] = [];
    const services = renew(this.#dirtyServices, this.#serviceRows, {
      make: (key) => {
        const service = this.#services.get(key);
        return service && serviceRow(service, this.#slices.get(key)?.values() ?? []);
      },
      describe: describeServiceChange,
      happenings,
    });
    const nodes = renew(this.#dirtyNodes, this.#nodeRows, {
      make: (name) => {
        const node = this.#nodes.get(name);
        return node && nodeRow(node, this.#leases.get(name), nowMs);
      },
      describe: describeNodeChange,
      happenings,
    });
    const told = this.#tells ? happenings.map((happening) => this.#timeline.add(happening, nowMs)) : [];
    return { services, nodes, timeline: [...new Map(told.map((entry) => [entry.id, entry])).values()] };
  }

  get hasDirty(): boolean {
    return this.#dirtyServices.size + this.#dirtyNodes.size > 0;
  }

  get timeline(): readonly TimelineEntry[] {
    return this.#timeline.entries;
  }

  /** JSON of the row; undefined if there is none. */
  serviceText(key: string): string | undefined {
    return this.#serviceRows.get(key)?.text;
  }

  nodeText(name: string): string | undefined {
    return this.#nodeRows.get(name)?.text;
  }

  serviceTexts(): readonly string[] {
    return [...this.#serviceRows.values()].map(({ text }) => text);
  }

  nodeTexts(): readonly string[] {
    return [...this.#nodeRows.values()].map(({ text }) => text);
  }

  #touchService({ namespace, name }: { readonly namespace?: string; readonly name: string }): string {
    const key = `${namespace}/${name}`;
    this.#dirtyServices.add(key);
    return key;
  }

  #touchNode(name: string): string {
    this.#dirtyNodes.add(name);
    return name;
  }

  #slicesOf({ metadata: { namespace, labels } }: EndpointSlice) {
    const service = this.#touchService({
      ...(namespace && { namespace }),
      name: labels?.[serviceNameLabel] ?? "",
    });
    const slices = this.#slices.get(service) ?? new Map<string, EndpointSlice>();
    this.#slices.set(service, slices);
    return { service, slices };
  }

  #forgetLease(lease: Lease): void {
    const node = reportOfLease(lease)?.node;
    if (node !== undefined) this.#leases.delete(this.#touchNode(node));
  }
}

interface Renewal<T> {
  /** Undefined: there is no such row. */
  readonly make: (key: string) => T | undefined;
  readonly describe: (previous: T | undefined, next: T | undefined) => readonly Happening[];
  readonly happenings: Happening[];
}

/** Empties `dirty`; returns the keys whose rows say something else now. */
function renew<T>(
  dirty: Set<string>,
  rows: Map<string, Kept<T>>,
  { make, describe, happenings }: Renewal<T>,
): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const key of dirty) {
    const previous = rows.get(key);
    const row = make(key);
    const text = row && JSON.stringify(row);
    if (previous?.text === text) continue;
    happenings.push(...describe(previous?.row, row));
    if (row === undefined || text === undefined) rows.delete(key);
    else rows.set(key, { row, text });
    touched.add(key);
  }
  dirty.clear();
  return touched;
}
