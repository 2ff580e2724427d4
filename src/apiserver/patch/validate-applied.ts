/** What is wrong with an applied object, in structured-merge-diff's words. */

import { formatPath } from "./field-set.ts";
import { isMap } from "./json-value.ts";
import {
  type Atom,
  itemElement,
  itemsOf,
  itemType,
  memberRef,
  resolveAtom,
  type TypeRef,
} from "./typed-value.ts";

/** `.spec.bogus: field not declared in schema` */
export function validateApplied(
  ref: TypeRef,
  value: unknown,
  path: readonly string[] = [],
): readonly string[] {
  if (value === null || value === undefined) return [];
  const atom = resolveAtom(ref);
  const problem = (text: string): string => `${formatPath(path)}: ${text}`;
  switch (ref.type.kind) {
    case "object":
    case "map":
      if (!isMap(value)) return [problem(`expected map, got ${goValue(value)}`)];
      return Object.entries(value).flatMap(([key, member]) => {
        const below = [...path, `f:${key}`];
        const type = childType(ref, atom, key);
        return type === undefined
          ? [`${formatPath(below)}: field not declared in schema`]
          : validateApplied(type, member, below);
      });
    case "list":
      if (!Array.isArray(value)) return [problem(`expected list, got ${goValue(value)}`)];
      return atom.kind === "keyed" || atom.kind === "set" ? validateItems(atom, value, path, problem) : [];
    case "string":
      return typeof value === "string" ? [] : [problem(`expected string, got ${goValue(value)}`)];
    case "boolean":
      return typeof value === "boolean" ? [] : [problem(`expected boolean, got ${goValue(value)}`)];
    case "int32":
    case "int64":
    case "number":
      return typeof value === "number"
        ? []
        : [problem(`expected numeric (int or float), got ${goValue(value)}`)];
    default:
      return [];
  }
}

/** The fields of an atomic object are checked like any other's. */
function childType(ref: TypeRef, atom: Atom, key: string): TypeRef | undefined {
  if (atom.kind === "object" || atom.kind === "map") return memberRef(atom, key);
  if (ref.type.kind === "map") return { type: ref.type.values };
  const plain = resolveAtom({ type: ref.type });
  return plain.kind === "object" ? memberRef(plain, key) : { type: { kind: "any" } };
}

function validateItems(
  atom: Extract<Atom, { kind: "keyed" | "set" }>,
  list: readonly unknown[],
  path: readonly string[],
  problem: (text: string) => string,
): readonly string[] {
  const seen = new Set<string>();
  return itemsOf(list).flatMap((item, index) => {
    const element = itemElement(atom, item);
    if (element === undefined) return [problem(`element ${index}: ${missingKey(atom, item)}`)];
    if (seen.has(element)) return [problem(`duplicate entries for key ${formatPath([element])}`)];
    seen.add(element);
    return validateApplied(itemType(atom), item, [...path, element]);
  });
}

function missingKey(atom: Extract<Atom, { kind: "keyed" | "set" }>, item: unknown): string {
  const keys = atom.kind === "keyed" ? atom.keys : [];
  const missing = keys.find((key) => !isMap(item) || item[key] === undefined) ?? "";
  return `associative list with keys has an element that omits key field ${JSON.stringify(missing)} (and doesn't have default value)`;
}

function goValue(value: unknown): string {
  return `&{${typeof value === "object" ? JSON.stringify(value) : String(value)}}`;
}
