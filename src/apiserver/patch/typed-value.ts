/** How server-side apply sees values: as maps of known fields, keyed lists, sets, or atoms (structured-merge-diff). */
import {
  type FieldSchema,
  type FieldType,
  fieldDefaults,
  findSchema,
  type ObjectSchema,
} from "../../api/schema/index.ts";
import { isMap, type JsonMap } from "./json-value.ts";

export type Atom =
  | { readonly kind: "scalar" }
  | { readonly kind: "atomic" }
  | { readonly kind: "object"; readonly schema: ObjectSchema }
  | { readonly kind: "map"; readonly values: TypeRef }
  | { readonly kind: "set" }
  | { readonly kind: "keyed"; readonly items: ObjectSchema; readonly keys: readonly string[] };

export interface TypeRef {
  readonly type: FieldType;
  readonly field?: FieldSchema;
}

export function resolveAtom({ type, field }: TypeRef): Atom {
  switch (type.kind) {
    case "object": {
      const schema = findSchema(type.type);
      return schema.atomic || field?.atomic ? { kind: "atomic" } : { kind: "object", schema };
    }
    case "map":
      return field?.atomic ? { kind: "atomic" } : { kind: "map", values: { type: type.values } };
    case "list":
      return listAtom(type.items, field);
    case "any":
      return { kind: "atomic" };
    default:
      return { kind: "scalar" };
  }
}

function listAtom(items: FieldType, field: FieldSchema | undefined): Atom {
  if (field?.listType === "set") return { kind: "set" };
  if (field?.listType === "map" && items.kind === "object") {
    return { kind: "keyed", items: findSchema(items.type), keys: field.listKeys ?? [] };
  }
  return { kind: "atomic" };
}

/** `k:{"port":80,"protocol":"TCP"}`; undefined when the item lacks a key that has no default. */
export function itemElement(
  atom: Extract<Atom, { kind: "keyed" | "set" }>,
  item: unknown,
): string | undefined {
  if (atom.kind === "set") return `v:${JSON.stringify(item)}`;
  if (!isMap(item)) return undefined;
  const keys: Record<string, unknown> = {};
  for (const key of [...atom.keys].sort()) {
    const value = item[key] ?? fieldDefaults[`${atom.items.name}.${key}`] ?? zeroKey(atom.items, key);
    if (value === undefined) return undefined;
    keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

/** An optional string key that is absent is the empty string: EndpointSlice and Service port names. */
function zeroKey(schema: ObjectSchema, key: string): unknown {
  const field = schema.fields.get(key);
  return field?.type.kind === "string" && !field.required ? "" : undefined;
}

/** The item's own type: its fields, never atomic as a whole. */
export function itemType(atom: Extract<Atom, { kind: "keyed" | "set" }>): TypeRef {
  return { type: atom.kind === "set" ? { kind: "string" } : { kind: "object", type: atom.items.name } };
}

export function memberRef(atom: Extract<Atom, { kind: "object" | "map" }>, key: string): TypeRef | undefined {
  if (atom.kind === "map") return atom.values;
  const field = atom.schema.fields.get(key);
  return field === undefined ? undefined : { type: field.type, field };
}

export function membersOf(value: unknown): JsonMap {
  return isMap(value) ? value : {};
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
