/**
 * Server-side apply: a manager says what it wants, the server merges it in, removes what the manager no longer wants and
 * nobody else owns, and refuses to overwrite what others own unless forced (structured-merge-diff merge.Updater.Apply).
 */
import type { KubeObject } from "../../api/meta.ts";
import { DecodeError, decode } from "../../api/schema/index.ts";
import { applyConflict, badRequest, unknownFailure } from "../errors.ts";
import { jsonEqual } from "../registry/json-equal.ts";
import {
  emptySet,
  equalSets,
  type FieldSet,
  formatPath,
  intersect,
  isEmptySet,
  pathsOf,
  subtract,
  subtractTrees,
  unite,
} from "./field-set.ts";
import { isMap, type JsonMap } from "./json-value.ts";
import {
  decodeManagers,
  formatManager,
  type Manager,
  type Managers,
  managerId,
  withoutIdle,
} from "./managers.ts";
import { mergeApplied, removeFields, withNamedFields } from "./merge-applied.ts";
import { compareObjects, fieldSetOf } from "./object-fields.ts";
import {
  type Conflict,
  excludeFields,
  findConflicts,
  releaseFields,
  resetFields,
  withoutServerFields,
} from "./ownership.ts";
import { rootType, timestampOf, withManagers } from "./track-managed-fields.ts";
import type { TypeRef } from "./typed-value.ts";
import { validateApplied } from "./validate-applied.ts";

export interface ApplyInput {
  /** JSON or YAML. */
  readonly body: string;
  readonly schema: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly manager: string;
  readonly force: boolean;
  readonly nowMs: number;
}

/** Turns the current object, or none, into the applied one: decoded, not yet defaulted, with its managedFields. */
export type Apply = (live: KubeObject | undefined) => KubeObject;

/**
 * Throws ApiStatusError: 400 for what is no object of the kind, 500 for fields that the kind does not have (as
 * kube-apiserver does); the returned function throws 409 with a cause for each field that another manager owns.
 */
export async function readApply(input: ApplyInput): Promise<Apply> {
  const applied = await parseApplied(input.body);
  requireKind(applied, input);
  const metadata = isMap(applied.metadata) ? applied.metadata : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const root = rootType(input.schema);
  const problems = validateApplied(root, applied);
  if (problems.length > 0) {
    const what = `${metadata.namespace ?? ""}/${metadata.name ?? ""}; ${gvkText(applied)}`;
    const text =
      problems.length === 1 ? problems[0] : ["errors:", ...problems.map((line) => `  ${line}`)].join("\n");
    throw unknownFailure(`failed to create typed patch object (${what}): ${text}`);
  }
  return (live) => applyTo(live, applied, root, input);
}

async function parseApplied(body: string): Promise<JsonMap> {
  const parsed = parseJson(body) ?? (await parseYaml(body));
  if (!isMap(parsed)) {
    throw badRequest(
      "error decoding YAML: json: cannot unmarshal value into Go value of type map[string]interface {}",
    );
  }
  return parsed;
}

/** Clients mostly send JSON, which is YAML too; undefined for what is not. PERF: the parser of YAML takes 15 ms and 4 MB to load. */
function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function parseYaml(body: string): Promise<unknown> {
  const { parse } = await import("../../lib/yaml.ts");
  try {
    return parse(body);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${error instanceof Error ? error.message : error}`);
  }
}

function requireKind(applied: JsonMap, { kind, apiVersion }: ApplyInput): void {
  if (applied.kind === kind && applied.apiVersion === apiVersion) return;
  throw badRequest(`invalid object type: ${gvkText(applied)}`);
}

/** `apps/v1, Kind=Deployment`; the core group prints as `/v1`, nothing at all as `/`. */
function gvkText({ apiVersion, kind }: JsonMap): string {
  const version = String(apiVersion ?? "");
  return `${version.includes("/") ? version : `/${version}`}, Kind=${kind ?? ""}`;
}

function applyTo(
  live: KubeObject | undefined,
  applied: JsonMap,
  root: TypeRef,
  input: ApplyInput,
): KubeObject {
  const { managedFields, ...metadata } = live?.metadata ?? {};
  const current: unknown = live === undefined ? decode(input.schema, {}).object : { ...live, metadata };
  const known = decodeManagers(managedFields);
  const own = {
    name: input.manager,
    operation: "Apply",
    apiVersion: input.apiVersion,
    subresource: input.subresource,
  } as const;
  const id = managerId(own);
  const ignored = resetFields(input.subresource);
  const wanted = subtractTrees(fieldSetOf(root, applied), ignored);
  const fields = withoutServerFields(wanted);
  const claimed: Managers = new Map([...known, [id, { ...own, fields: wanted }]]);
  const merged = mergeApplied(root, current, applied);
  const pruned = prune(root, merged, known.get(id)?.fields ?? emptySet, claimed);
  const object = decodeApplied(input, pruned);
  const comparison = excludeFields(compareObjects(root, current, object), ignored);
  const conflicts = findConflicts(claimed, id, comparison);
  if (conflicts.length > 0 && !input.force) throw conflictError(conflicts);
  const before = known.get(id);
  const isSame = before !== undefined && equalSets(before.fields, fields) && jsonEqual(current, object);
  const time = isSame ? before.time : timestampOf(input.nowMs);
  const self: Manager = { ...own, fields, ...(time === undefined ? {} : { time }) };
  const managers = withoutIdle(new Map([...releaseFields(claimed, id, comparison), [id, self]]));
  return withManagers(object as unknown as KubeObject, managers);
}

function decodeApplied(input: ApplyInput, value: unknown): Record<string, unknown> {
  try {
    return decode(input.schema, value).object;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

/** Without what the manager applied before and does not apply now, unless another manager owns it. */
function prune(root: TypeRef, merged: unknown, last: FieldSet, managers: Managers): unknown {
  if (isEmptySet(last)) return merged;
  const lastNamed = withNamedFields(root, last);
  const first = removeFields(root, merged, lastNamed);
  const owned = [...managers.values()].reduce((all, { fields }) => unite(all, fields), emptySet);
  const mergedSet = withNamedFields(root, fieldSetOf(root, merged));
  const keep = unite(withNamedFields(root, fieldSetOf(root, first)), withNamedFields(root, owned));
  const second = removeFields(root, merged, subtract(mergedSet, keep));
  const dropped = subtract(mergedSet, withNamedFields(root, fieldSetOf(root, second)));
  return removeFields(root, merged, intersect(dropped, lastNamed));
}

function conflictError(conflicts: readonly Conflict[]): Error {
  const sorted = conflicts
    .map(({ manager, fields }) => ({
      manager: formatManager(manager),
      paths: [...pathsOf(fields)].map(formatPath),
    }))
    .sort((a, b) => (a.manager < b.manager ? -1 : 1));
  const causes = sorted.flatMap(({ manager, paths }) =>
    paths.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${manager}`, field })),
  );
  const [only] = causes;
  if (causes.length === 1 && only !== undefined) {
    return applyConflict(causes, `Apply failed with 1 conflict: ${only.message}: ${only.field}`);
  }
  const lines = sorted.flatMap(({ manager, paths }) => [
    `conflicts with ${manager}:`,
    ...paths.map((path) => `- ${path}`),
  ]);
  return applyConflict(causes, `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`);
}
