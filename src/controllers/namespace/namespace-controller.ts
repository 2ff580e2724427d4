/** Empties a namespace that is being deleted, then lets it go (pkg/controller/namespace). */
import type { Namespace } from "../../api/event.ts";
import type { KubeObject } from "../../api/meta.ts";
import { type ApiClient, isConflict, isNotFound, namespaces } from "../../client/index.ts";
import type { ControllerContext } from "../controller-context.ts";
import { type DiscoveredResource, discoverResources } from "../discovery.ts";
import { createWorkQueue } from "../work-queue.ts";

/** Until we look again whether pods have ended. */
const recheckMs = 200;

export function startNamespaceController(context: ControllerContext): void {
  const { client, caches, signal } = context;

  const queue = createWorkQueue({
    ...context,
    name: "namespace",
    async sync(name) {
      const namespace = caches.namespaces.items().get(name);
      if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes("kubernetes"))
        return undefined;
      const resources = await discoverResources(client, signal);
      const found = await emptyNamespace(client, resources, name, signal);
      const left = found === 0 ? 0 : await emptyNamespace(client, resources, name, signal);
      if (left > 0) return recheckMs;
      await finalize(context, namespace);
      return undefined;
    },
  });

  caches.namespaces.subscribe(({ added, updated }) => {
    for (const { metadata } of [...added, ...updated.map(({ next }) => next)]) {
      if (metadata.deletionTimestamp) queue.add(metadata.name);
    }
  });
}

/** Asks for the deletion of all that is there and returns how much that was. */
async function emptyNamespace(
  client: ApiClient,
  resources: readonly DiscoveredResource[],
  namespace: string,
  signal: AbortSignal,
): Promise<number> {
  const content = resources.filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes("list") && verbs.includes("delete"),
  );
  let left = 0;
  // Pods first: they take the longest.
  for (const resource of content.toSorted((a, b) => Number(b.kind === "Pod") - Number(a.kind === "Pod"))) {
    left += await deleteAll(client, resource, namespace, signal);
  }
  return left;
}

async function deleteAll(
  client: ApiClient,
  resource: DiscoveredResource,
  namespace: string,
  signal: AbortSignal,
): Promise<number> {
  let left = 0;
  let next: string | undefined;
  do {
    const page = await client.list(
      resource,
      { namespace, limit: 500, ...(next ? { continue: next } : {}) },
      signal,
    );
    for (const { metadata } of page.items) {
      if (metadata.deletionTimestamp) left++;
      else left += await deleteOne(client, resource, metadata, signal);
    }
    next = page.metadata.continue;
  } while (next);
  return left;
}

/** Returns 1: whether it is really gone, is seen when we look again. */
async function deleteOne(
  client: ApiClient,
  resource: DiscoveredResource,
  { name, namespace = "", uid }: KubeObject["metadata"],
  signal: AbortSignal,
): Promise<number> {
  try {
    await client.delete(
      resource,
      { name, namespace },
      { propagationPolicy: "Background", preconditions: { uid }, signal },
    );
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
  return 1;
}

async function finalize({ client, signal }: ControllerContext, namespace: Namespace): Promise<void> {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== "kubernetes");
  try {
    const next = { ...namespace, spec: { ...namespace.spec, finalizers } };
    await client.update(namespaces, next, { subresource: "finalize", signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
