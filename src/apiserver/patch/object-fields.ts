/** Which fields an object sets, and what changed between two objects, as field sets. */
import { jsonEqual } from "../registry/json-equal.ts";
import { type FieldSet, FieldSetBuilder } from "./field-set.ts";
import { isMap } from "./json-value.ts";
import {
  type Atom,
  itemElement,
  itemsOf,
  itemType,
  memberRef,
  membersOf,
  resolveAtom,
  type TypeRef,
} from "./typed-value.ts";

/** What an applied object claims. The root's own members are paths like `f:spec`. */
export function fieldSetOf(ref: TypeRef, value: unknown): FieldSet {
  const builder = new FieldSetBuilder();
  collect(ref, value, [], builder);
  return builder.build();
}

function collect(ref: TypeRef, value: unknown, path: readonly string[], out: FieldSetBuilder): void {
  const atom = resolveAtom(ref);
  switch (atom.kind) {
    case "scalar":
    case "atomic":
      out.add(path);
      return;
    case "object":
    case "map":
      for (const [key, member] of Object.entries(membersOf(value))) {
        const below = [...path, `f:${key}`];
        const type = memberRef(atom, key);
        if (type !== undefined) collect(type, member, below, out);
        if (atom.kind === "map" || member === null || (isMap(member) && Object.keys(member).length === 0))
          out.add(below);
      }
      return;
    case "set":
    case "keyed":
      for (const item of itemsOf(value)) {
        const below = [...path, itemElement(atom, item) ?? "i:0"];
        out.add(below);
        if (atom.kind === "keyed") collect(itemType(atom), item, below, out);
      }
  }
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

interface ComparisonBuilder {
  readonly added: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly removed: FieldSetBuilder;
}

export function compareObjects(ref: TypeRef, before: unknown, after: unknown): Comparison {
  const out = {
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
  };
  compare(ref, before, after, [], out);
  return { added: out.added.build(), modified: out.modified.build(), removed: out.removed.build() };
}

/** `undefined` is absent, null is not. */
function compare(
  ref: TypeRef,
  before: unknown,
  after: unknown,
  path: readonly string[],
  out: ComparisonBuilder,
): void {
  if (before === undefined && after === undefined) return;
  const atom = resolveAtom(ref);
  if (before === undefined) out.added.add(path);
  else if (after === undefined) out.removed.add(path);
  else if ((atom.kind === "scalar" || atom.kind === "atomic") && !jsonEqual(before, after))
    out.modified.add(path);
  compareChildren(atom, before, after, path, out);
}

function compareChildren(
  atom: Atom,
  before: unknown,
  after: unknown,
  path: readonly string[],
  out: ComparisonBuilder,
): void {
  if (atom.kind === "object" || atom.kind === "map") {
    const old = membersOf(before);
    const next = membersOf(after);
    for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
      const type = memberRef(atom, key);
      if (type !== undefined) compare(type, old[key], next[key], [...path, `f:${key}`], out);
    }
  } else if (atom.kind === "keyed" || atom.kind === "set") {
    const element = (item: unknown): readonly [string, unknown] => [itemElement(atom, item) ?? "i:0", item];
    const old = new Map(itemsOf(before).map(element));
    const next = new Map(itemsOf(after).map(element));
    for (const key of new Set([...old.keys(), ...next.keys()])) {
      compare(itemType(atom), old.get(key), next.get(key), [...path, key], out);
    }
  }
}
