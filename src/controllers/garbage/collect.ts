/** What the garbage collector does with one object (pkg/controller/garbagecollector). */
import type { OwnerReference } from "../../api/meta.ts";
import type { GraphNode, OwnershipGraph } from "./ownership-graph.ts";

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

export type CollectAction =
  /** Some owners must be looked up at the API server first: the graph does not know them. */
  | { readonly kind: "verify"; readonly owners: readonly OwnerReference[] }
  | { readonly kind: "delete"; readonly node: GraphNode; readonly policy: "Background" | "Foreground" }
  | { readonly kind: "drop-owners"; readonly node: GraphNode; readonly uids: readonly string[] }
  | { readonly kind: "drop-finalizer"; readonly node: GraphNode; readonly finalizer: string };

/** `absent` holds uids of owners that the API server was asked for and does not have. Nothing to do: an empty list. */
export function collect(
  node: GraphNode,
  graph: OwnershipGraph,
  absent: ReadonlySet<string>,
): readonly CollectAction[] {
  const { metadata } = node;
  if (!metadata.deletionTimestamp) return collectDependent(node, graph, absent);
  const dependents = graph.dependentsOf(metadata.uid);
  if (metadata.finalizers?.includes(orphanFinalizer)) {
    return [
      ...dependents.map(
        (dependent) => ({ kind: "drop-owners", node: dependent, uids: [metadata.uid] }) as const,
      ),
      { kind: "drop-finalizer", node, finalizer: orphanFinalizer },
    ];
  }
  if (!metadata.finalizers?.includes(foregroundFinalizer)) return [];
  const blocking = dependents.filter((dependent) => blocks(dependent, metadata.uid));
  if (blocking.length === 0) return [{ kind: "drop-finalizer", node, finalizer: foregroundFinalizer }];
  return dependents
    .filter((dependent) => !dependent.metadata.deletionTimestamp)
    .flatMap((dependent) => collectDependent(dependent, graph, absent));
}

/** An object goes when none of its owners is left. */
function collectDependent(
  node: GraphNode,
  graph: OwnershipGraph,
  absent: ReadonlySet<string>,
): readonly CollectAction[] {
  const owners = node.metadata.ownerReferences ?? [];
  if (owners.length === 0) return [];
  const unknown = owners.filter(({ uid }) => !graph.byUid(uid) && !absent.has(uid));
  if (unknown.length > 0) return [{ kind: "verify", owners: unknown }];
  const dangling = owners.filter(({ uid }) => !graph.byUid(uid));
  const waiting = owners.filter(({ uid }) => waitsForDependents(graph.byUid(uid)));
  if (dangling.length + waiting.length < owners.length) {
    const uids = [...dangling, ...waiting].map(({ uid }) => uid);
    return uids.length === 0 ? [] : [{ kind: "drop-owners", node, uids }];
  }
  const hasDependents = graph.dependentsOf(node.metadata.uid).length > 0;
  return [
    { kind: "delete", node, policy: waiting.length > 0 && hasDependents ? "Foreground" : "Background" },
  ];
}

function waitsForDependents(owner: GraphNode | undefined): boolean {
  return Boolean(
    owner?.metadata.deletionTimestamp && owner.metadata.finalizers?.includes(foregroundFinalizer),
  );
}

function blocks({ metadata }: GraphNode, ownerUid: string): boolean {
  return (metadata.ownerReferences ?? []).some(
    ({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion,
  );
}
