/** ServedKind: a kind together with where it is stored and what its writes take beside the object. */
import type { KubeObject } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import type { WriteHook } from "../write-hook.ts";
import { storagePrefix } from "./storage-key.ts";

export interface ServedKind {
  readonly definition: ResourceDefinition;
  readonly kind: string;
  /** `v1` or `apps/v1` */
  readonly apiVersion: string;
  readonly hook?: WriteHook<KubeObject>;
}

export interface KindRegistry {
  readonly all: readonly ServedKind[];
  find(group: string, version: string, plural: string): ServedKind | undefined;
  hasGroup(group: string): boolean;
  hasGroupVersion(group: string, version: string): boolean;
}

export function groupVersion({
  group,
  version,
}: {
  readonly group: string;
  readonly version: string;
}): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `hooks` are keyed by storage prefix: `core/services/`. */
export function createKindRegistry(
  definitions: readonly ResourceDefinition[],
  hooks: ReadonlyMap<string, WriteHook<KubeObject>>,
): KindRegistry {
  const all = definitions.map((definition): ServedKind => {
    const hook = hooks.get(storagePrefix(definition));
    return {
      definition,
      kind: definition.kind,
      apiVersion: groupVersion(definition),
      ...(hook ? { hook } : {}),
    };
  });
  const byPath = new Map(all.map((kind) => [`${kind.apiVersion}/${kind.definition.plural}`, kind]));
  const groups = new Set(definitions.map(({ group }) => group));
  const versions = new Set(all.map(({ apiVersion }) => apiVersion));
  return {
    all,
    find: (group, version, plural) => byPath.get(`${groupVersion({ group, version })}/${plural}`),
    hasGroup: (group) => groups.has(group),
    hasGroupVersion: (group, version) => versions.has(groupVersion({ group, version })),
  };
}
