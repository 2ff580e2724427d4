/** The URL paths of the Kubernetes API. */
import type { ObjectKey } from "./api-client.ts";
import type { Resource } from "./resources.ts";

/** `/apis/apps/v1/namespaces/default/deployments`; without a namespace: all namespaces. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const { group, version, plural } = resource;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return resource.namespaced && namespace
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${root}/${plural}`;
}

/** `/api/v1/namespaces/default/services/web/status`. Throws TypeError if the key lacks what the kind needs. */
export function objectPath(resource: Resource, key: ObjectKey, subresource?: string): string {
  if (!key.name) throw new TypeError(`Cannot name a ${resource.kind} without metadata.name`);
  if (resource.namespaced && !key.namespace) {
    throw new TypeError(`Cannot name ${resource.kind} "${key.name}" without metadata.namespace`);
  }
  const path = `${collectionPath(resource, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}

/** `?limit=500&watch=true`; parameters that are undefined are left out. */
export function queryString(
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? "" : `?${given.join("&")}`;
}
