/** Structural schemas of the kinds that are served: what is read from a request, merged by a patch, shown as OpenAPI. */
export { type Decoded, DecodeError, decode } from "./decode.ts";
export { findDuplicateFields } from "./duplicate-fields.ts";
export { findSchema, fullSchemaName, listSchema, schemaNames, shortSchemaName } from "./find-schema.ts";
export { fieldDefaults } from "./list-keys.ts";
export type { FieldSchema, FieldType, ObjectSchema, PatchStrategy, PlainType } from "./schema-types.ts";
