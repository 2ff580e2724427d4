/**
 * Strategic merge patch: lists are merged by key as the schema says, and directives in the patch say what to delete, to
 * replace, to keep and how to order (apimachinery pkg/util/strategicpatch).
 */
import { type FieldSchema, type FieldType, findSchema, type ObjectSchema } from "../../api/schema/index.ts";
import { type ApiStatusError, badRequest, unknownFailure } from "../errors.ts";
import { goText } from "./go-text.ts";
import { isMap, type JsonMap } from "./json-value.ts";
import { orderMerged } from "./list-order.ts";

const directiveKey = "$patch";
const retainKeysKey = "$retainKeys";
const deletePrefix = "$deleteFromPrimitiveList/";
const orderPrefix = "$setElementOrder/";

/** Throws BadRequest for a malformed directive, and the error without reason that Kubernetes gives for a missing merge key. */
export function strategicMergePatch(original: unknown, patch: unknown, schemaName: string): JsonMap {
  if (!isMap(patch)) throw badRequest("Invalid JSON document");
  return mergeMap(isMap(original) ? original : {}, patch, findSchema(schemaName));
}

function mergeMap(original: JsonMap, patch: JsonMap, schema: ObjectSchema | FieldType): JsonMap {
  const directive = patch[directiveKey];
  if (directive !== undefined) {
    if (directive === "replace") return withoutDirectives(patch);
    if (directive === "delete") return {};
    if (directive !== "merge") throw badDirective(patch);
  }
  const merged = new Map(Object.entries(retained(original, patch)));
  for (const [key, value] of Object.entries(patch)) {
    if (key === directiveKey || key === retainKeysKey) continue;
    if (key.startsWith(deletePrefix) || key.startsWith(orderPrefix)) {
      const listName = key.slice(key.indexOf("/") + 1);
      if (listName in patch || merged.get(listName) === undefined) continue;
      mergeList(merged, listName, undefined, patch, schema);
    } else if (value === null) merged.delete(key);
    else if (Array.isArray(value)) mergeList(merged, key, value, patch, schema);
    else if (isMap(value)) {
      const child = memberType(schema, key);
      const current = merged.get(key);
      if (isReplaced(child)) merged.set(key, withoutDirectives(value));
      else merged.set(key, mergeMap(isMap(current) ? current : {}, value, child.type));
    } else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

interface Member {
  readonly type: ObjectSchema | FieldType;
  readonly field?: FieldSchema;
}

const unknownType: FieldType = { kind: "any" };

function memberType(schema: ObjectSchema | FieldType, key: string): Member {
  if ("fields" in schema) {
    const field = schema.fields.get(key);
    return field === undefined ? { type: unknownType } : { type: resolve(field.type), field };
  }
  return { type: schema.kind === "map" ? resolve(schema.values) : unknownType };
}

function resolve(type: FieldType): ObjectSchema | FieldType {
  return type.kind === "object" ? findSchema(type.type) : type;
}

function isReplaced({ field }: Member): boolean {
  return field?.type.kind === "any";
}

/** $retainKeys: what is not listed goes. Every key that the patch sets must be listed. */
function retained(original: JsonMap, patch: JsonMap): JsonMap {
  const keys = patch[retainKeysKey];
  if (keys === undefined) return original;
  if (!Array.isArray(keys)) throw badRequest("invalid patch format of retainKeys");
  const missing = Object.keys(patch).some(
    (key) => !key.startsWith("$") && patch[key] !== null && !keys.includes(key),
  );
  if (missing) throw badRequest("invalid patch format of retainKeys");
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.includes(key)));
}

function mergeList(
  merged: Map<string, unknown>,
  key: string,
  patchList: readonly unknown[] | undefined,
  patch: JsonMap,
  schema: ObjectSchema | FieldType,
): void {
  const { field } = memberType(schema, key);
  const current = merged.get(key);
  const original: readonly unknown[] = Array.isArray(current) ? current : [];
  if (field?.patch?.merge !== true) {
    if (patchList !== undefined) merged.set(key, patchList);
    return;
  }
  const { mergeKey } = field.patch;
  const deletions = listDirective(patch, deletePrefix + key);
  const order = listDirective(patch, orderPrefix + key);
  const items = field.type.kind === "list" ? resolve(field.type.items) : unknownType;
  const list =
    mergeKey === undefined
      ? mergeScalars(original, patchList ?? [], deletions)
      : mergeItems(original, patchList ?? [], mergeKey, items);
  const patchOrder = order ?? (list.patch as readonly unknown[]);
  merged.set(key, orderMerged(list.merged, patchOrder, list.original, mergeKey));
}

function listDirective(patch: JsonMap, key: string): readonly unknown[] | undefined {
  const value = patch[key];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    throw badRequest(
      key.startsWith(orderPrefix)
        ? "invalid patch format of setElementOrder list"
        : "invalid patch format of primitive list",
    );
  }
  return value;
}

interface MergedList {
  readonly merged: readonly unknown[];
  readonly original: readonly unknown[];
  readonly patch: readonly unknown[];
}

function mergeScalars(
  original: readonly unknown[],
  patch: readonly unknown[],
  deletions: readonly unknown[] | undefined,
): MergedList {
  const kept = original.filter((item) => !deletions?.includes(item));
  return { merged: [...new Set([...kept, ...patch])], original: kept, patch };
}

function mergeItems(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  items: ObjectSchema | FieldType,
): MergedList {
  let kept = original;
  const plain: JsonMap[] = [];
  let isReplace = false;
  for (const item of patch) {
    if (!isMap(item)) throw sameTypeNeeded();
    const directive = item[directiveKey];
    if (directive === "delete") {
      const value = requireKey(item, mergeKey);
      kept = kept.filter((other) => !(isMap(other) && other[mergeKey] === value));
    } else if (directive === "replace") isReplace = true;
    else if (directive === undefined) plain.push(item);
    else
      throw directive === "merge"
        ? unknownFailure("merging lists cannot yet be specified in the patch")
        : badDirective(item);
  }
  if (isReplace) return { merged: plain, original: [], patch: plain };
  const merged = [...kept];
  for (const item of plain) {
    const value = requireKey(item, mergeKey);
    const at = merged.findIndex((other) => isMap(other) && other[mergeKey] === value);
    const before = merged[at];
    if (at < 0) merged.push(mergeMap({}, item, items));
    else merged[at] = mergeMap(isMap(before) ? before : {}, item, items);
  }
  return { merged, original: kept, patch: plain };
}

function requireKey(item: JsonMap, mergeKey: string): unknown {
  const value = item[mergeKey];
  if (value === undefined)
    throw unknownFailure(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
  return value;
}

function withoutDirectives(patch: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => key !== directiveKey));
}

function badDirective(patch: JsonMap): ApiStatusError {
  return unknownFailure(`Unknown patch type found in map: ${goText(patch)}`);
}

function sameTypeNeeded(): ApiStatusError {
  return unknownFailure("merging lists of different types is not supported");
}
