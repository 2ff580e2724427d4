/** The page's copy of the cluster. Rows lie in maps; what is drawn looks again when `version` says that something changed. */
import { batch, signal } from "@preact/signals";
import { placeOfRate } from "../../model/rate-key.ts";
import type {
  ClusterContext,
  EndpointRow,
  NodeRow,
  RateRow,
  ServiceRow,
  StreamMessage,
  TimelineEntry,
} from "../../model/rows.ts";
import { noteOwnChange } from "./own-changes.ts";
import { insertSorted, removeSorted } from "./sorted-keys.ts";

/** Entries that are kept; the server keeps as many. */
const mostTimeline = 400;
/** An endpoint that left is shown for so long. */
export const departedShownMs = 1600;

/** Grows with every change that is to be seen, at most once for each frame that is painted. */
export const version = signal(0);
/** Grows when Services come and go, so that places in the list change. */
export const membership = signal(0);
export const context = signal<ClusterContext | undefined>(undefined);
/** False before the whole cluster has been read. */
export const complete = signal(false);

export const services = new Map<string, ServiceRow>();
export const nodes = new Map<string, NodeRow>();
/** In order of their keys. */
export let serviceKeys: string[] = [];
let nodeNames: readonly string[] = [];
/** Newest last. */
export let timeline: readonly TimelineEntry[] = [];
/** When a Service last changed, by performance.now(). */
export const touchedAt = new Map<string, number>();
export let rates: ReadonlyMap<string, number> = new Map();
/** All Services' rates in sum, by node, and by `balancer`. */
export let rateSums: ReadonlyMap<string, number> = new Map();

interface Departed {
  readonly row: EndpointRow;
  readonly at: number;
}

const departed = new Map<string, readonly Departed[]>();
let framePending = false;
let membersChanged = false;

/** In order of their names, `node-10` after `node-9`. */
export function listNodes(): readonly NodeRow[] {
  return nodeNames.map((name) => nodes.get(name)).filter((node) => node !== undefined);
}

/** Endpoints that left this Service a moment ago. */
export function departedOf(key: string): readonly EndpointRow[] {
  const now = performance.now();
  return (departed.get(key) ?? []).filter(({ at }) => now - at < departedShownMs).map(({ row }) => row);
}

export function applyMessage(message: StreamMessage): void {
  if (message.kind === "beat") return;
  if (message.kind === "snapshot") {
    batch(() => {
      context.value = message.context;
      complete.value = message.complete;
    });
    replaceAll(message.services, message.nodes);
    timeline = message.timeline;
  } else {
    const now = performance.now();
    for (const row of message.services) putService(row, now);
    for (const key of message.goneServices) dropService(key);
    for (const row of message.nodes) nodes.set(row.name, row);
    for (const name of message.goneNodes) nodes.delete(name);
    if (message.nodes.length + message.goneNodes.length > 0) nameNodes();
    if (message.timeline.length > 0) timeline = mergeTimeline(timeline, message.timeline);
    if (message.rates) takeRates(message.rates);
  }
  showSoon();
}

function replaceAll(serviceRows: readonly ServiceRow[], nodeRows: readonly NodeRow[]): void {
  services.clear();
  nodes.clear();
  touchedAt.clear();
  departed.clear();
  for (const row of serviceRows) services.set(row.key, row);
  for (const row of nodeRows) nodes.set(row.name, row);
  serviceKeys = [...services.keys()].sort();
  nameNodes();
  membersChanged = true;
}

function takeRates(rows: readonly RateRow[]): void {
  rates = new Map(rows);
  const sums = new Map<string, number>();
  for (const [key, perSecond] of rows) {
    const place = placeOfRate(key);
    sums.set(place, (sums.get(place) ?? 0) + perSecond);
  }
  rateSums = sums;
}

function nameNodes(): void {
  if (nodeNames.length !== nodes.size || nodeNames.some((name) => !nodes.has(name)))
    nodeNames = [...nodes.keys()].sort(byNumber);
}

/** `node-10` after `node-9`. */
function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function putService(row: ServiceRow, now: number): void {
  const before = services.get(row.key);
  noteOwnChange(before, row);
  services.set(row.key, row);
  touchedAt.set(row.key, now);
  if (!before) {
    insertSorted(serviceKeys, row.key);
    membersChanged = true;
    return;
  }
  const present = new Set(row.endpoints.map(([address]) => address));
  const left = before.endpoints.filter(([address]) => !present.has(address));
  const kept = (departed.get(row.key) ?? []).filter(
    ({ at, row: [address] }) => now - at < departedShownMs && !present.has(address),
  );
  if (left.length > 0) {
    departed.set(row.key, [...kept, ...left.map((endpoint) => ({ row: endpoint, at: now }))].slice(-20));
    setTimeout(() => {
      forgetDeparted(row.key);
      showSoon();
    }, departedShownMs + 20);
  } else if (kept.length > 0) departed.set(row.key, kept);
  else departed.delete(row.key);
}

function forgetDeparted(key: string): void {
  const now = performance.now();
  const rest = (departed.get(key) ?? []).filter(({ at }) => now - at < departedShownMs);
  if (rest.length === 0) departed.delete(key);
  else departed.set(key, rest);
}

function dropService(key: string): void {
  if (!services.delete(key)) return;
  removeSorted(serviceKeys, key);
  touchedAt.delete(key);
  departed.delete(key);
  membersChanged = true;
}

/** A summary grows: the entry of the same id takes its place. */
function mergeTimeline(
  before: readonly TimelineEntry[],
  news: readonly TimelineEntry[],
): readonly TimelineEntry[] {
  const replaced = new Map(news.map((entry) => [entry.id, entry]));
  const kept = before.map((entry) => {
    const next = replaced.get(entry.id);
    replaced.delete(entry.id);
    return next ?? entry;
  });
  return [...kept, ...replaced.values()].slice(-mostTimeline);
}

/** What arrives between two frames is drawn once. */
function showSoon(): void {
  if (framePending) return;
  framePending = true;
  const show = () => {
    if (!framePending) return;
    framePending = false;
    batch(() => {
      version.value += 1;
      if (membersChanged) membership.value += 1;
      membersChanged = false;
    });
  };
  requestAnimationFrame(show);
  // A tab that is not seen gets no frames, and must not fall behind without bound.
  setTimeout(show, 1000);
}
