/** ServedKind: a kind together with where it is stored and what its writes take beside the object. */
import type { KubeObject } from "../../api/meta.ts";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import type { GroupKind, GroupResource } from "../errors.ts";
import type { WriteHook } from "../write-hook.ts";
import type { KindOfObject } from "./object-text.ts";
import { storagePrefix } from "./storage-key.ts";

/** Rules about a write that depend on who makes it. Each throws an ApiStatusError for what that user may not do. */
export interface Admission {
  create(object: KubeObject): void;
  /** `subresource` is "" for the object itself. */
  update(next: KubeObject, old: KubeObject, subresource: string): void;
  /** Also before an object is only marked for deletion. */
  remove(object: KubeObject): void;
}

export interface ServedKind extends KindOfObject {
  readonly definition: ResourceDefinition;
  /** Where its objects lie, and what errors call them: its own group and plural, unless another group stores them. */
  readonly storage: GroupResource & GroupKind;
  /** What its objects are called inside the server. */
  readonly stored: KindOfObject;
  readonly hook?: WriteHook<KubeObject>;
  /** Absent where everybody who is authorized may write whatever is valid. */
  readonly admission?: Admission;
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
  const all = definitions.map((definition) => serveKind(definition, hooks));
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

function serveKind(
  definition: ResourceDefinition,
  hooks: ReadonlyMap<string, WriteHook<KubeObject>>,
): ServedKind {
  const storage = definition.storedAs ?? definition;
  const hook = hooks.get(storagePrefix(storage));
  const apiVersion = groupVersion(definition);
  return {
    definition,
    kind: definition.kind,
    apiVersion,
    storage: { group: storage.group, plural: storage.plural, kind: definition.kind },
    stored: {
      kind: definition.kind,
      apiVersion: groupVersion({ group: storage.group, version: definition.version }),
    },
    ...(hook ? { hook } : {}),
  };
}
