/** What a change takes from the managers of an object, and what no manager can own. */

import { type FieldSet, intersect, isEmptySet, setOf, subtract, subtractTrees, unite } from "./field-set.ts";
import type { Manager, Managers } from "./managers.ts";
import type { Comparison } from "./object-fields.ts";

const metadataFields: readonly string[] = [
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
  ],
  "resourceVersion",
];

/** The server's own metadata. */
const serverFields = setOf(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...metadataFields.map((name) => ["f:metadata", `f:${name}`]),
);

export function withoutServerFields(fields: FieldSet): FieldSet {
  return subtract(fields, serverFields);
}

/** Fields that a request to this subresource cannot change, whatever it says: the kinds' reset fields. */
export function resetFields(subresource: string): FieldSet {
  return subresource === "status" ? setOf(["f:spec"], ["f:metadata", "f:labels"]) : setOf(["f:status"]);
}

export function excludeFields(comparison: Comparison, fields: FieldSet): Comparison {
  return {
    added: subtractTrees(comparison.added, fields),
    modified: subtractTrees(comparison.modified, fields),
    removed: subtractTrees(comparison.removed, fields),
  };
}

export interface Conflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** Managers other than `self` whose fields a change would overwrite. */
export function findConflicts(
  managers: Managers,
  self: string,
  { added, modified }: Comparison,
): readonly Conflict[] {
  const changed = unite(added, modified);
  return [...managers]
    .filter(([id]) => id !== self)
    .map(([, manager]) => ({ manager, fields: intersect(manager.fields, changed) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** The managers after a change that took its fields from them; `self` keeps what it has. */
export function releaseFields(
  managers: Managers,
  self: string,
  { added, modified, removed }: Comparison,
): Managers {
  const taken = unite(unite(added, modified), removed);
  return new Map(
    [...managers].map(([id, manager]) => [
      id,
      id === self ? manager : { ...manager, fields: subtract(manager.fields, taken) },
    ]),
  );
}
