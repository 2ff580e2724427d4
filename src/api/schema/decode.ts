/** Decode: what Go's typed decoder keeps of a JSON value, in the form in which it would be printed again. */

import { type DecodeContext, type DecodeError, unmarshalError } from "./decode-context.ts";
import { decodePlain, zeroOf } from "./decode-plain.ts";
import { findSchema, listSchema } from "./find-schema.ts";
import type { FieldSchema, FieldType, ObjectSchema } from "./schema-types.ts";

export { DecodeError } from "./decode-context.ts";

export interface Decoded {
  readonly object: Record<string, unknown>;
  /** Paths of fields that the kind does not have, in the order of the text: `spec.ports[0].nodeport` */
  readonly unknownFields: readonly string[];
}

/**
 * Drops unknown fields, nulls and empty values that Go omits; canonicalises times and quantities; fills in what Go always
 * prints. `apiVersion` and `kind` are kept as they are. Throws DecodeError when a value has the wrong type.
 */
export function decode(schemaName: string, value: unknown): Decoded {
  const schema = schemaName.endsWith("List") ? listSchema(schemaName.slice(0, -4)) : findSchema(schemaName);
  const context: DecodeContext = { unknownFields: [] };
  if (!isRecord(value)) {
    throw unmarshalError(value, `Go value of type v1.${schema.name.split(".").at(-1) ?? ""}`);
  }
  return { object: decodeFields(schema, value, "", context), unknownFields: context.unknownFields };
}

function decodeFields(
  schema: ObjectSchema,
  value: Readonly<Record<string, unknown>>,
  path: string,
  context: DecodeContext,
): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const field = schema.fields.get(name);
    const memberPath = path === "" ? name : `${path}.${name}`;
    if (field === undefined) {
      context.unknownFields.push(memberPath);
      continue;
    }
    if (member === null || member === undefined) continue;
    const kept = decodeValue(field.type, member, memberPath, { ...context, owner: schema.name });
    if (!isOmitted(field, kept)) decoded[name] = kept;
    else if (name === "managedFields" && Array.isArray(member)) decoded[name] = [{}];
  }
  for (const [name, field] of schema.fields) {
    if (field.always && decoded[name] === undefined) decoded[name] = emptyValue(field);
  }
  return decoded;
}

function decodeValue(type: FieldType, value: unknown, path: string, context: DecodeContext): unknown {
  switch (type.kind) {
    case "object":
      if (!isRecord(value)) throw fieldError(value, path, type, context);
      return decodeFields(findSchema(type.type), value, path, context);
    case "list":
      if (!Array.isArray(value)) throw fieldError(value, path, type, context);
      return value.map((item, index) => decodeItem(type.items, item, `${path}[${index}]`, context));
    case "map":
      if (!isRecord(value)) throw fieldError(value, path, type, context);
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => [
          key,
          decodeItem(type.values, member, `${path}.${key}`, context),
        ]),
      );
    default:
      return decodePlain(type.kind, value, path, context);
  }
}

/** A null in a list or map becomes the type's zero value. */
function decodeItem(type: FieldType, value: unknown, path: string, context: DecodeContext): unknown {
  if (value !== null && value !== undefined) return decodeValue(type, value, path, context);
  if (type.kind === "object") return decodeFields(findSchema(type.type), {}, path, context);
  return type.kind === "list" || type.kind === "map" ? null : zeroOf(type.kind);
}

function isOmitted(field: FieldSchema, value: unknown): boolean {
  switch (field.type.kind) {
    case "list":
      return (value as readonly unknown[]).length === 0;
    case "map":
      return Object.keys(value as object).length === 0;
    case "object":
    case "any":
    case "intOrString":
      return false;
    default:
      return !field.pointer && !field.always && value === zeroOf(field.type.kind);
  }
}

function emptyValue({ type }: FieldSchema): unknown {
  if (type.kind === "object") return decodeFields(findSchema(type.type), {}, "", { unknownFields: [] });
  return type.kind === "list" || type.kind === "map" ? null : zeroOf(type.kind);
}

function fieldError(value: unknown, path: string, type: FieldType, context: DecodeContext): DecodeError {
  const owner = (context.owner ?? "").split(".").at(-1) ?? "";
  const plainPath = path.replace(/\[\d+\]/g, "");
  return unmarshalError(value, `Go struct field ${owner}.${plainPath} of type ${goTypeName(type)}`);
}

function goTypeName(type: FieldType): string {
  switch (type.kind) {
    case "object":
      return `v1.${type.type.split(".").at(-1) ?? ""}`;
    case "list":
      return `[]${goTypeName(type.items)}`;
    case "map":
      return `map[string]${goTypeName(type.values)}`;
    default:
      return type.kind;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
