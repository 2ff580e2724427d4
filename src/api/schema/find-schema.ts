/** Schemas by name, each built when it is first asked for: reading them all at the start would cost more than they do. */
import generated from "./generated/schemas.json" with { type: "json" };
import { alwaysPrinted, embeddedStructs, pointerScalars, quantityFields } from "./go-shape.ts";
import { atomicFields, atomicTypes, mapLists, mergeKeys, retainKeys, setLists } from "./list-keys.ts";
import type { FieldSchema, FieldType, ObjectSchema, PatchStrategy, PlainType } from "./schema-types.ts";

const generatedTypes = generated as unknown as Readonly<Record<string, Readonly<Record<string, string>>>>;
const built = new Map<string, ObjectSchema>();

const prefixes: readonly (readonly [string, string])[] = [
  ["io.k8s.apimachinery.pkg.apis.", ""],
  ["io.k8s.api.", ""],
];

/** `io.k8s.api.core.v1.Service` -> `core.v1.Service`; a short name stays as it is. */
export function shortSchemaName(name: string): string {
  const prefix = prefixes.find(([text]) => name.startsWith(text));
  return prefix === undefined ? name : name.slice(prefix[0].length);
}

/** `core.v1.Service` -> `io.k8s.api.core.v1.Service` */
export function fullSchemaName(name: string): string {
  return name.startsWith("meta.v1.") ? `io.k8s.apimachinery.pkg.apis.${name}` : `io.k8s.api.${name}`;
}

export function schemaNames(): readonly string[] {
  return Object.keys(generatedTypes).filter((name) => name !== "");
}

/** Takes full and short names. Throws if there is no such type: names come from code, never from requests. */
export function findSchema(name: string): ObjectSchema {
  const short = shortSchemaName(name);
  const known = built.get(short);
  if (known !== undefined) return known;
  const fields = generatedTypes[short];
  if (fields === undefined)
    throw new Error(`there is no schema "${name}": generate it with tools/generate-schemas.ts`);
  const schema: ObjectSchema = {
    name: short,
    fields: new Map(Object.entries(fields).map(([field, text]) => [field, buildField(short, field, text)])),
    atomic: atomicTypes.has(short),
  };
  built.set(short, schema);
  return schema;
}

/** The schema of a list of this kind: `core.v1.ServiceList`. */
export function listSchema(item: string): ObjectSchema {
  const short = shortSchemaName(item);
  const plain = { required: false, pointer: false, always: false };
  return {
    name: `${short}List`,
    atomic: false,
    fields: new Map<string, FieldSchema>([
      ["apiVersion", { ...plain, type: { kind: "string" } }],
      [
        "items",
        {
          ...plain,
          required: true,
          always: true,
          type: { kind: "list", items: { kind: "object", type: short } },
        },
      ],
      ["kind", { ...plain, type: { kind: "string" } }],
      ["metadata", { ...plain, always: true, type: { kind: "object", type: "meta.v1.ListMeta" } }],
    ]),
  };
}

function buildField(type: string, field: string, text: string): FieldSchema {
  const required = text.endsWith("!");
  const path = `${type}.${field}`;
  const isQuantity = has(quantityFields, type, field);
  const parsed = parseType(required ? text.slice(0, -1) : text, isQuantity);
  const isEmbedded = has(embeddedStructs, type, field) || (field === "metadata" && parsed.kind === "object");
  const patch = patchStrategy(path);
  const listType = parsed.kind === "list" ? listTypeOf(path) : undefined;
  const listKeys = mapLists[path];
  const { kind } = parsed;
  return {
    type: parsed,
    required,
    pointer: kind === "object" ? !isEmbedded : has(pointerScalars, type, field),
    always: required ? kind !== "object" || isEmbedded : isEmbedded || has(alwaysPrinted, type, field),
    ...(patch ? { patch } : {}),
    ...(listType ? { listType } : {}),
    ...(listKeys ? { listKeys } : {}),
    ...(atomicFields.has(path) ? { atomic: true } : {}),
  };
}

function has(table: Readonly<Record<string, string>>, type: string, field: string): boolean {
  return table[type]?.split(" ").includes(field) ?? false;
}

function parseType(text: string, isQuantity: boolean): FieldType {
  if (text.startsWith("[]")) return { kind: "list", items: parseType(text.slice(2), isQuantity) };
  if (text.startsWith("{}")) return { kind: "map", values: parseType(text.slice(2), isQuantity) };
  if (text.includes(".")) return { kind: "object", type: text };
  return { kind: isQuantity ? "quantity" : (text as PlainType) };
}

function patchStrategy(path: string): PatchStrategy | undefined {
  const mergeKey = mergeKeys[path];
  const retains = retainKeys.has(path);
  if (mergeKey === undefined) return retains ? { merge: false, retainKeys: true } : undefined;
  return { merge: true, retainKeys: retains, ...(mergeKey === "" ? {} : { mergeKey }) };
}

function listTypeOf(path: string): "map" | "set" | "atomic" {
  if (path in mapLists) return "map";
  return setLists.has(path) ? "set" : "atomic";
}
