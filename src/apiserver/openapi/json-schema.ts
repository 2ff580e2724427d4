/** OpenAPI schemas of types: version 3 with kube-openapi's extensions, and version 2, which only points elsewhere. */
import {
  type FieldSchema,
  type FieldType,
  fieldDefaults,
  fullSchemaName,
  type ObjectSchema,
} from "../../api/schema/index.ts";
import type { Describe } from "./descriptions.ts";
import { enums } from "./enums.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface SchemaStyle {
  /** `#/components/schemas/` or `#/definitions/` */
  readonly prefix: string;
  /** Version 3 wraps references that have something to say beside them. */
  readonly wrapsReferences: boolean;
  readonly describe: Describe;
  /** Called with the short name of each type that is referred to. */
  refer(type: string): void;
}

export const helperSchemas: Readonly<Record<string, JsonSchema>> = {
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {
    description:
      "IntOrString is a type that can hold an int32 or a string.  When used in JSON or YAML marshalling and unmarshalling, it produces or consumes the inner type.  This allows you to have, for example, a JSON field that can accept a name or number.",
    format: "int-or-string",
    oneOf: [{ type: "integer" }, { type: "string" }],
  },
  "io.k8s.apimachinery.pkg.api.resource.Quantity": {
    description: "Quantity is a fixed-point representation of a number.",
    oneOf: [{ type: "string" }, { type: "number" }],
  },
  "io.k8s.apimachinery.pkg.apis.meta.v1.Time": {
    description: "Time is a wrapper around time.Time which supports correct marshaling to YAML and JSON.",
    type: "string",
    format: "date-time",
  },
  "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": {
    description: "MicroTime is version of Time with microsecond level precision.",
    type: "string",
    format: "date-time",
  },
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": {
    description: "FieldsV1 stores a set of fields in a data structure like a Trie, in JSON format.",
    type: "object",
  },
};

const helperNames: Readonly<Record<string, string>> = {
  intOrString: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
  quantity: "io.k8s.apimachinery.pkg.api.resource.Quantity",
  time: "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
  microTime: "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
  any: "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
};

export function objectJsonSchema(schema: ObjectSchema, style: SchemaStyle): JsonSchema {
  const description = style.describe(schema.name, "");
  const required = [...schema.fields].filter(([, field]) => field.required).map(([name]) => name);
  const properties = [...schema.fields].map(([name, field]) => [
    name,
    fieldJsonSchema(schema, name, field, style),
  ]);
  return {
    ...(description === undefined ? {} : { description }),
    type: "object",
    ...(required.length === 0 ? {} : { required }),
    ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    ...(schema.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
  };
}

function fieldJsonSchema(
  schema: ObjectSchema,
  name: string,
  field: FieldSchema,
  style: SchemaStyle,
): JsonSchema {
  const path = `${schema.name}.${name}`;
  const description = style.describe(schema.name, name);
  const values = enums[path];
  const base = typeJsonSchema(field.type, style);
  const told = {
    ...(description === undefined ? {} : { description }),
    ...defaultOf(path, field),
    ...extensionsOf(field),
  };
  if ("$ref" in base) return style.wrapsReferences ? { ...told, allOf: [base] } : { ...told, ...base };
  if (values === undefined) return { ...base, ...told };
  const list = Object.keys(values);
  if (field.type.kind === "list") return { ...base, ...told, items: { type: "string", enum: list } };
  return { ...base, ...told, enum: list };
}

/** Go shows the zero value of what it always prints, except of lists and maps. */
function defaultOf(path: string, { type, required, always, pointer }: FieldSchema): JsonSchema {
  const special = fieldDefaults[path];
  if (special !== undefined) return { default: special };
  if (type.kind === "object") return always && !pointer ? { default: {} } : {};
  if (!required) return {};
  const zero = zeroDefaults[type.kind];
  return zero === undefined ? {} : { default: zero };
}

const zeroDefaults: Readonly<Record<string, unknown>> = {
  string: "",
  boolean: false,
  int32: 0,
  int64: 0,
  number: 0,
};

function typeJsonSchema(type: FieldType, style: SchemaStyle): JsonSchema {
  switch (type.kind) {
    case "string":
    case "boolean":
    case "number":
      return { type: type.kind };
    case "int32":
    case "int64":
      return { type: "integer", format: type.kind };
    case "bytes":
      return { type: "string", format: "byte" };
    case "object":
      style.refer(type.type);
      return { $ref: style.prefix + fullSchemaName(type.type) };
    case "list":
      return { type: "array", items: typeJsonSchema(type.items, style) };
    case "map":
      return { type: "object", additionalProperties: typeJsonSchema(type.values, style) };
    default:
      return { $ref: style.prefix + (helperNames[type.kind] ?? "") };
  }
}

function extensionsOf({ type, listType, listKeys, atomic, patch }: FieldSchema): JsonSchema {
  const strategies = [...(patch?.merge ? ["merge"] : []), ...(patch?.retainKeys ? ["retainKeys"] : [])];
  return {
    ...(listKeys === undefined ? {} : { "x-kubernetes-list-map-keys": listKeys }),
    ...(listType === undefined ? {} : { "x-kubernetes-list-type": listType }),
    ...(atomic && type.kind !== "list" ? { "x-kubernetes-map-type": "atomic" } : {}),
    ...(patch?.mergeKey === undefined ? {} : { "x-kubernetes-patch-merge-key": patch.mergeKey }),
    ...(strategies.length === 0 ? {} : { "x-kubernetes-patch-strategy": strategies.join(",") }),
  };
}
