/** Patch: read, change, store; again if somebody was faster. */
import type { KubeObject } from "../../api/meta.ts";
import type { PartDefinition } from "../../api/resource-definition.ts";
import { ApiStatusError, badRequest, isApiStatusError, notFound } from "../errors.ts";
import type { Registry, StoredObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectName } from "../registry/storage-key.ts";
import { createObject } from "./create-object.ts";
import { completeDraft } from "./decode-draft.ts";
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

export async function patchObject(
  registry: Registry,
  request: PatchRequest,
  context: WriteContext,
): Promise<PatchedObject> {
  const { kind, name, part, body } = request;
  if (
    !request.mediaType.endsWith("merge-patch+json") &&
    request.mediaType !== "application/apply-patch+yaml"
  ) {
    throw new ApiStatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  }
  const patch = parsePatch(body);
  const produce = ({ object }: StoredObject) => completeDraft(kind, mergePatch(object, patch) as KubeObject);
  try {
    const object = await updateObject(registry, { kind, name, produce, ...(part ? { part } : {}) }, context);
    return { object, created: false };
  } catch (error) {
    const missing = isApiStatusError(error) && error.message === notFound(kind.definition, name.name).message;
    if (!missing || request.mediaType !== "application/apply-patch+yaml") throw error;
    const object = await createObject(
      registry,
      kind,
      name.namespace,
      completeDraft(kind, patch as KubeObject),
      context,
    );
    return { object, created: true };
  }
}

function parsePatch(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : error}`);
  }
}

/** RFC 7386. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
