/** Patch: read, change, store; again if somebody was faster. */
import { parse } from "yaml";
import type { KubeObject } from "../../api/meta.ts";
import type { PartDefinition } from "../../api/resource-definition.ts";
import { invalid } from "../errors.ts";
import { type Registry, readObject, type StoredObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectName } from "../registry/storage-key.ts";
import { parseObject } from "../request/decode-object.ts";
import { checkName, checkNamespace, createObject } from "./create-object.ts";
import { completeDraft } from "./decode-draft.ts";
import { applyPlainPatch } from "./plain-patch.ts";
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

const applyMediaType = "application/apply-patch+yaml";

export interface PatchedObject {
  readonly object: KubeObject;
  readonly created: boolean;
}

export async function patchObject(
  registry: Registry,
  request: PatchRequest,
  context: WriteContext,
): Promise<PatchedObject> {
  const { kind, name, part, body } = request;
  const produce = ({ object }: StoredObject): KubeObject => {
    const isApply = request.mediaType === applyMediaType;
    const text = isApply ? JSON.stringify(parse(body)) : body;
    const type = isApply ? "application/merge-patch+json" : request.mediaType;
    const patched = applyPlainPatch(type, text, object, undefined) as KubeObject;
    const refuse = (_kind: ServedKind, why: string) => unusablePatch(body, why);
    if (patched.kind !== object.kind || patched.apiVersion !== object.apiVersion) {
      throw refuse(kind, `no kind "${patched.kind}" is served here in version "${patched.apiVersion}"`);
    }
    checkName(patched, name.name);
    checkNamespace(name.namespace, patched);
    return completeDraft(kind, patched, context, [], refuse);
  };
  if (request.mediaType === applyMediaType && !(await readObject(registry, kind, name))) {
    const draft = completeDraft(kind, parseObject(JSON.stringify(parse(body)), kind), context);
    return { object: await createObject(registry, kind, name.namespace, draft, context), created: true };
  }
  const object = await updateObject(registry, { kind, name, produce, ...(part ? { part } : {}) }, context);
  return { object, created: false };
}

/** The patch can be applied, but what comes out is no object of the kind. */
function unusablePatch(patch: string, why: string): Error {
  return invalid({ group: "", kind: "" }, "", [
    { type: "Invalid", field: "patch", value: patch, detail: why },
  ]);
}
