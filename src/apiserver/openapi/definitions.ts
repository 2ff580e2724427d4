/** All schemas that some kinds need: their own, their lists', and everything that these refer to. */

import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { findSchema, fullSchemaName, listSchema, shortSchemaName } from "../../api/schema/index.ts";
import type { Describe } from "./descriptions.ts";
import { helperSchemas, type JsonSchema, objectJsonSchema, type SchemaStyle } from "./json-schema.ts";

export type StyleOptions = Pick<SchemaStyle, "prefix" | "wrapsReferences">;

export function schemasOf(
  definitions: readonly ResourceDefinition[],
  describe: Describe,
  options: StyleOptions,
): Readonly<Record<string, JsonSchema>> {
  const schemas = new Map<string, JsonSchema>(Object.entries(helperSchemas));
  const queue: string[] = ["meta.v1.Status", "meta.v1.DeleteOptions"];
  const style: SchemaStyle = { ...options, describe, refer: (type) => queue.push(type) };
  for (const definition of definitions) {
    const short = shortSchemaName(definition.schema);
    const list = objectJsonSchema(listSchema(short), style);
    const description = `${definition.kind}List is a list of ${definition.plural}`;
    schemas.set(fullSchemaName(`${short}List`), withKind({ description, ...list }, definition, "List"));
    schemas.set(fullSchemaName(short), withKind(objectJsonSchema(findSchema(short), style), definition, ""));
  }
  for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
    const name = fullSchemaName(type);
    if (!schemas.has(name)) schemas.set(name, objectJsonSchema(findSchema(type), style));
  }
  return Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withKind(
  schema: JsonSchema,
  { group, version, kind }: ResourceDefinition,
  suffix: string,
): JsonSchema {
  return { ...schema, "x-kubernetes-group-version-kind": [{ group, kind: `${kind}${suffix}`, version }] };
}
