/** Deletes what has lost its owners. */
import type { KubeObject, OwnerReference } from "../../api/meta.ts";
import { isNotFound, type ListWatchCache, openListWatchCache, type Resource } from "../../client/index.ts";
import type { ControllerContext } from "../controller-context.ts";
import { type DiscoveredResource, discoverResources } from "../discovery.ts";
import { createWorkQueue, type WorkQueue } from "../work-queue.ts";
import { type CollectAction, collect } from "./collect.ts";
import { OwnershipGraph } from "./ownership-graph.ts";

/** Owners that turned out not to exist; uids do not come back, so this is only to ask less. */
const maxAbsent = 10_000;
/** Kinds that own nothing and end by themselves, as in kube-controller-manager. */
const ignored = new Set(["events"]);

/** Watches all kinds of the API server (keeping metadata alone, where no other controller reads them) and collects. */
export async function startGarbageCollector(context: ControllerContext): Promise<void> {
  const { client, signal } = context;
  const discovered = (await discoverResources(client, signal)).filter(
    ({ plural, verbs }) =>
      !ignored.has(plural) && ["list", "watch", "delete"].every((verb) => verbs.includes(verb)),
  );
  const caches = discovered.map((resource) => ({ resource, cache: cacheOf(context, resource) }));
  await Promise.all(caches.map(({ cache }) => cache.whenSynced(signal)));
  const graph = new OwnershipGraph();
  const absent = new Set<string>();
  const collector: Collector = { context, discovered, graph, absent };
  const queue = createWorkQueue({
    ...context,
    name: "garbage-collector",
    async sync(id) {
      const node = graph.get(id);
      if (!node) return undefined;
      let actions = collect(node, graph, absent);
      const unknown = actions.flatMap((action) => (action.kind === "verify" ? action.owners : []));
      if (unknown.length > 0) {
        for (const owner of unknown) await verify(collector, owner, node.metadata.namespace);
        actions = collect(node, graph, absent);
      }
      for (const action of actions) await act(collector, action);
      return undefined;
    },
  });
  for (const { resource, cache } of caches) follow(cache, resource, graph, queue);
}

interface Collector {
  readonly context: ControllerContext;
  readonly discovered: readonly DiscoveredResource[];
  readonly graph: OwnershipGraph;
  readonly absent: Set<string>;
}

/** Leases are watched by others in one namespace only. */
function cacheOf(
  { client, caches, log, clock, signal }: ControllerContext,
  resource: Resource,
): ListWatchCache<KubeObject> {
  const shared = resource.plural === "leases" ? undefined : caches.of(resource);
  const trim = ({ apiVersion, kind, metadata }: KubeObject) => ({ apiVersion, kind, metadata });
  return shared ?? openListWatchCache({ client, resource, log, clock, signal, trim });
}

function follow(
  cache: ListWatchCache<KubeObject>,
  resource: Resource,
  graph: OwnershipGraph,
  queue: WorkQueue,
): void {
  const isOfInterest = ({ deletionTimestamp, finalizers, ownerReferences = [] }: KubeObject["metadata"]) =>
    deletionTimestamp ? (finalizers ?? []).length > 0 : ownerReferences.some(({ uid }) => !graph.byUid(uid));
  const look = (object: KubeObject) => {
    const node = graph.set(resource, object);
    if (isOfInterest(node.metadata)) queue.add(node.id);
  };
  cache.subscribe(({ added, updated, deleted }) => {
    for (const object of deleted) {
      graph.remove(resource, object);
      for (const dependent of graph.dependentsOf(object.metadata.uid)) queue.add(dependent.id);
      for (const { uid } of object.metadata.ownerReferences ?? []) {
        const owner = graph.byUid(uid);
        if (owner?.metadata.deletionTimestamp) queue.add(owner.id);
      }
    }
    for (const object of added) look(object);
    for (const { next } of updated) look(next);
  });
}

/** Asks the API server itself: the graph may be behind, or may not hold the owner's kind. */
async function verify(
  { context, discovered, absent }: Collector,
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string | undefined,
): Promise<void> {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const resource = discovered.find((known) => known.kind === kind && known.group === group);
  // Nobody can say whether an owner of an unknown kind exists, so what it owns stays.
  if (!resource) return;
  const key = resource.namespaced ? { name, namespace: namespace ?? "" } : { name };
  const owner = await context.client.get({ ...resource, version }, key, context.signal);
  if (owner?.metadata.uid === uid) return;
  absent.add(uid);
  const [oldest] = absent;
  if (absent.size > maxAbsent && oldest !== undefined) absent.delete(oldest);
}

/** What has changed since is a conflict: the queue calls again. */
async function act({ context: { client, signal } }: Collector, action: CollectAction): Promise<void> {
  if (action.kind === "verify") return;
  const { resource, metadata } = action.node;
  try {
    if (action.kind === "delete") {
      const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
      await client.delete(resource, metadata, { propagationPolicy: action.policy, preconditions, signal });
      return;
    }
    const { uid, resourceVersion } = metadata;
    const change =
      action.kind === "drop-finalizer"
        ? { finalizers: (metadata.finalizers ?? []).filter((finalizer) => finalizer !== action.finalizer) }
        : {
            ownerReferences: (metadata.ownerReferences ?? []).filter(
              (owner) => !action.uids.includes(owner.uid),
            ),
          };
    await client.patch(
      resource,
      metadata,
      "merge",
      { metadata: { uid, resourceVersion, ...change } },
      { signal },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
