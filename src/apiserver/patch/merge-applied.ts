/** Values under server-side apply: merging what is applied into what is there, and removing what nobody applies any more. */
import { emptySet, type FieldSet, isEmptySet } from "./field-set.ts";
import {
  itemElement,
  itemsOf,
  itemType,
  memberRef,
  membersOf,
  resolveAtom,
  type TypeRef,
} from "./typed-value.ts";

/** The live value with the applied one over it: maps and keyed lists merge, everything else is replaced. */
export function mergeApplied(ref: TypeRef, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined || live === null || applied === null) return applied;
  const atom = resolveAtom(ref);
  switch (atom.kind) {
    case "scalar":
    case "atomic":
      return applied;
    case "object":
    case "map": {
      const merged: Record<string, unknown> = { ...membersOf(live) };
      for (const [key, value] of Object.entries(membersOf(applied))) {
        const type = memberRef(atom, key);
        merged[key] = type === undefined ? value : mergeApplied(type, merged[key], value);
      }
      return merged;
    }
    case "set":
    case "keyed":
      return mergeLists(
        itemsOf(live).map((item) => [itemElement(atom, item) ?? "", item] as const),
        itemsOf(applied).map((item) => [itemElement(atom, item) ?? "", item] as const),
        (before, after) => mergeApplied(itemType(atom), before, after),
      );
  }
}

type Keyed = readonly [string, unknown];

/** Items only of the live list keep their place; the others come in the order in which they are applied. */
function mergeLists(
  live: readonly Keyed[],
  applied: readonly Keyed[],
  merge: (before: unknown, after: unknown) => unknown,
): unknown[] {
  const before = new Map(live);
  const appliedKeys = new Set(applied.map(([key]) => key));
  const shared = applied.map(([key]) => key).filter((key) => before.has(key));
  const merged: unknown[] = [];
  const rest = [...live];
  const queue = [...applied];
  while (rest.length > 0 || queue.length > 0) {
    const [left, right] = [rest[0], queue[0]];
    if (left !== undefined && !appliedKeys.has(left[0])) {
      merged.push(left[1]);
      rest.shift();
    } else if (left !== undefined && right !== undefined && left[0] !== right[0] && shared[0] !== left[0]) {
      rest.shift();
    } else if (right !== undefined) {
      merged.push(merge(before.get(right[0]), right[1]));
      queue.shift();
      if (shared[0] === right[0]) shared.shift();
      if (left?.[0] === right[0]) rest.shift();
    } else rest.shift();
  }
  return merged;
}

/** The value without the fields and items of the set; a list or map that this empties becomes null. */
export function removeFields(ref: TypeRef, value: unknown, remove: FieldSet): unknown {
  if (isEmptySet(remove) || value === null) return value;
  const atom = resolveAtom(ref);
  if (atom.kind === "object" || atom.kind === "map") {
    const kept = Object.entries(membersOf(value)).flatMap(([key, member]) => {
      const element = `f:${key}`;
      if (remove.members.has(element)) return [];
      const type = memberRef(atom, key);
      const below = remove.children.get(element) ?? emptySet;
      return [[key, type === undefined ? member : removeFields(type, member, below)] as const];
    });
    return kept.length === 0 ? null : Object.fromEntries(kept);
  }
  if (atom.kind === "keyed" || atom.kind === "set") {
    const kept = itemsOf(value).flatMap((item) => {
      const element = itemElement(atom, item) ?? "";
      if (remove.members.has(element)) return [];
      return [removeFields(itemType(atom), item, remove.children.get(element) ?? emptySet)];
    });
    return kept.length === 0 ? null : kept;
  }
  return value;
}

/** The set with the struct fields that lead to its paths: these come and go with what is in them. */
export function withNamedFields(ref: TypeRef, set: FieldSet): FieldSet {
  const atom = resolveAtom(ref);
  const members = new Set(set.members);
  const children = [...set.children].map(([element, child]) => {
    const key = element.slice(2);
    if (atom.kind === "object" && atom.schema.fields.has(key)) members.add(element);
    return [element, withNamedFields(childRef(ref, element), child)] as const;
  });
  return { members, children: new Map(children) };
}

function childRef(ref: TypeRef, element: string): TypeRef {
  const atom = resolveAtom(ref);
  if (atom.kind === "object" || atom.kind === "map") {
    return memberRef(atom, element.slice(2)) ?? { type: { kind: "any" } };
  }
  return atom.kind === "keyed" || atom.kind === "set" ? itemType(atom) : { type: { kind: "any" } };
}
