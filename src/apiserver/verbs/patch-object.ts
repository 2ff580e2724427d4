/** Patch: read, change, store; again if somebody was faster. */
import type { KubeObject } from "../../api/meta.ts";
import type { PartDefinition } from "../../api/resource-definition.ts";
import { applyPatchType, readPatch } from "../patch/index.ts";
import { type Registry, readObject, type StoredObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectName } from "../registry/storage-key.ts";
import { parseObject } from "../request/decode-object.ts";
import { checkName, checkNamespace, createObject } from "./create-object.ts";
import { completeDraft, completeTyped } from "./decode-draft.ts";
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
  const { kind, name, part } = request;
  const isApply = request.mediaType === applyPatchType;
  const body = isApply ? JSON.stringify((await import("yaml")).parse(request.body)) : request.body;
  if (isApply && !(await readObject(registry, kind, name))) {
    const draft = completeDraft(kind, parseObject(body, kind), context);
    return { object: await createObject(registry, kind, name.namespace, draft, context), created: true };
  }
  const patch = readPatch({
    mediaType: isApply ? "application/merge-patch+json" : request.mediaType,
    body,
    schema: kind.definition.schema,
    kind: kind.kind,
    apiVersion: kind.apiVersion,
    fieldValidation: context.fieldValidation,
    warn: context.warn,
  });
  const produce = async ({ object }: StoredObject): Promise<KubeObject> => {
    const { storedAs } = kind.definition;
    const patched = (await patch(storedAs?.fromStored(object) ?? object)) as unknown as KubeObject;
    checkName(patched, name.name);
    checkNamespace(name.namespace, patched);
    return completeTyped(kind, patched);
  };
  const object = await updateObject(registry, { kind, name, produce, ...(part ? { part } : {}) }, context);
  return { object, created: false };
}
