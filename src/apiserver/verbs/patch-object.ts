/** Patch: read, change, store; again if somebody was faster. */
import type { FieldError } from "../../api/field-error.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { PartDefinition } from "../../api/resource-definition.ts";
import { isApiStatusError, notFound } from "../errors.ts";
import { type Apply, applyPatchType, readApply, readPatch } from "../patch/index.ts";
import type { Registry, StoredObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectName } from "../registry/storage-key.ts";
import { refuse } from "../request/query-options.ts";
import { checkName, checkNamespace, createObject } from "./create-object.ts";
import { completeTyped } from "./decode-draft.ts";
import { updateObject } from "./update-object.ts";
import type { WriteContext } from "./write-context.ts";

export interface PatchRequest {
  readonly kind: ServedKind;
  readonly name: ObjectName;
  readonly part?: PartDefinition<KubeObject>;
  readonly subresource?: string;
  readonly mediaType: string;
  readonly body: string;
  /** The client gave its fieldManager itself: server-side apply demands it. */
  readonly namesManager: boolean;
  /** The client said whether to force, which only server-side apply knows. */
  readonly saysForce: boolean;
}

export interface PatchedObject {
  readonly object: KubeObject;
  readonly created: boolean;
}

/** Throws ApiStatusError. */
export async function patchObject(
  registry: Registry,
  request: PatchRequest,
  context: WriteContext,
): Promise<PatchedObject> {
  refuse("PatchOptions", optionErrors(request));
  return request.mediaType === applyPatchType
    ? applyObject(registry, request, context)
    : { object: await patchStored(registry, request, context), created: false };
}

function optionErrors({ mediaType, namesManager, saysForce }: PatchRequest): readonly FieldError[] {
  if (mediaType !== applyPatchType) {
    const detail = "may not be specified for non-apply patch";
    return saysForce ? [{ type: "Forbidden", field: "force", detail }] : [];
  }
  const detail = "is required for apply patch";
  return namesManager ? [] : [{ type: "Required", field: "fieldManager", detail }];
}

function patchStored(registry: Registry, request: PatchRequest, context: WriteContext): Promise<KubeObject> {
  const { kind, name, part, subresource, mediaType, body } = request;
  const patch = readPatch({
    mediaType,
    body,
    schema: kind.definition.schema,
    kind: kind.kind,
    apiVersion: kind.apiVersion,
    fieldValidation: context.fieldValidation,
    warn: context.warn,
  });
  const produce = async ({ object }: StoredObject): Promise<KubeObject> =>
    checked(request, (await patch(wireForm(kind, object))) as unknown as KubeObject);
  const parts = { ...(part ? { part } : {}), ...(subresource ? { subresource } : {}) };
  return updateObject(registry, { kind, name, produce, ...parts }, context);
}

/** Server-side apply makes what does not exist, unless it is about a subresource. */
async function applyObject(
  registry: Registry,
  request: PatchRequest,
  context: WriteContext,
): Promise<PatchedObject> {
  const { kind, name, part, subresource = "" } = request;
  const apply: Apply = await readApply({
    body: request.body,
    schema: kind.definition.schema,
    kind: kind.kind,
    apiVersion: kind.apiVersion,
    subresource,
    manager: context.fieldManager,
    force: context.force,
    nowMs: registry.clock.now(),
  });
  const produce = ({ object }: StoredObject): KubeObject => checked(request, apply(wireForm(kind, object)));
  const update = { kind, name, produce, subresource, tracksFields: false, ...(part ? { part } : {}) };
  try {
    return { object: await updateObject(registry, update, context), created: false };
  } catch (error) {
    if (part || !isApiStatusError(error) || error.message !== notFound(kind.storage, name.name).message)
      throw error;
    const { uid: _uid, resourceVersion: _resourceVersion, ...metadata } = apply(undefined).metadata;
    const draft = checked(request, { ...apply(undefined), metadata } as KubeObject);
    const object = await createObject(registry, kind, name.namespace, draft, context, {
      tracksFields: false,
    });
    return { object, created: true };
  }
}

function wireForm({ definition }: ServedKind, object: KubeObject): KubeObject {
  return definition.storedAs?.fromStored(object) ?? object;
}

function checked({ kind, name }: PatchRequest, patched: KubeObject): KubeObject {
  checkName(patched, name.name);
  checkNamespace(name.namespace, patched);
  return completeTyped(kind, patched);
}
