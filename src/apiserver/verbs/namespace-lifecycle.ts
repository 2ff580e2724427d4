/** Admission NamespaceLifecycle: nothing is created in a namespace that does not exist or is going away. */
import type { Namespace } from "../../api/event.ts";
import { forbidden, type GroupResource, notFound } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import { storageKey } from "../registry/storage-key.ts";

const namespaces: GroupResource = { group: "", plural: "namespaces" };

export async function requireLiveNamespace(
  { store }: Registry,
  resource: GroupResource,
  namespace: string | undefined,
  name: string,
): Promise<void> {
  if (namespace === undefined) return;
  const entry = await store.get(storageKey(namespaces, { name: namespace }));
  if (!entry) throw notFound(namespaces, namespace);
  if (!entry.value.includes('"Terminating"')) return;
  const { status } = JSON.parse(entry.value) as Pick<Namespace, "status">;
  if (status?.phase !== "Terminating") return;
  throw forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  );
}
