/** Where objects lie in the store: `GROUP/PLURAL/NAMESPACE/NAME`, the core group under `core`, no namespace segment for cluster-scoped kinds. */
import type { GroupResource } from "../errors.ts";

export interface ObjectName {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** `core/services/`, or `core/services/default/` for one namespace. */
export function storagePrefix({ group, plural }: GroupResource, namespace?: string): string {
  const kindPrefix = `${group === "" ? "core" : group}/${plural}/`;
  return namespace === undefined ? kindPrefix : `${kindPrefix}${namespace}/`;
}

/** `core/services/default/kubernetes` */
export function storageKey(resource: GroupResource, { namespace, name }: ObjectName): string {
  return `${storagePrefix(resource, namespace)}${name}`;
}
