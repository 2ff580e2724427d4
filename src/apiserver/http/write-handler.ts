/** POST, PUT and PATCH of objects. */
import type { KubeObject } from "../../api/meta.ts";
import type { PartDefinition } from "../../api/resource-definition.ts";
import { conflict, isApiStatusError, notFound } from "../errors.ts";
import type { Registry, StoredObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { type ObjectName, storageKey } from "../registry/storage-key.ts";
import { bodyAsJson, mediaType } from "../request/decode-object.ts";
import { parseWriteOptions, type WriteOptions } from "../request/query-options.ts";
import { readBody } from "../request/read-body.ts";
import { checkName, checkNamespace, createObject } from "../verbs/create-object.ts";
import { decodeDraft } from "../verbs/decode-draft.ts";
import { patchObject } from "../verbs/patch-object.ts";
import { updateObject } from "../verbs/update-object.ts";
import type { WriteContext } from "../verbs/write-context.ts";
import type { Answer } from "./answer.ts";
import { type ApiRequest, agentName } from "./api-request.ts";
import { objectAnswer } from "./read-handler.ts";
import type { ObjectTarget } from "./resource-handler.ts";

export interface Part {
  readonly name: string;
  readonly definition: PartDefinition<KubeObject>;
}

export async function handleCreate(
  registry: Registry,
  request: ApiRequest,
  kind: ServedKind,
  namespace: string | undefined,
): Promise<Answer> {
  const context = writeContext(request, parseWriteOptions(request.query, "CreateOptions"));
  const draft = decodeDraft(kind, await jsonBody(request, kind), context);
  const created = await createObject(registry, kind, namespace, draft, context);
  return objectAnswer(registry, request, kind, created, 201);
}

export async function handleUpdate(
  registry: Registry,
  request: ApiRequest,
  { kind, namespace, name }: ObjectTarget,
  part: Part | undefined,
): Promise<Answer> {
  const context = writeContext(request, parseWriteOptions(request.query, "UpdateOptions"));
  const draft = decodeDraft(kind, await jsonBody(request, kind), context);
  checkName(draft, name);
  checkNamespace(namespace, draft);
  const objectName = { name, namespace };
  const produce = (current: StoredObject): KubeObject => {
    checkUid(kind, objectName, draft, current.object.metadata.uid);
    return draft;
  };
  try {
    const updated = await updateObject(
      registry,
      { kind, name: objectName, produce, ...(part ? { part: part.definition, subresource: part.name } : {}) },
      context,
    );
    return objectAnswer(registry, request, kind, updated, 200);
  } catch (error) {
    if (part || !kind.definition.createOnUpdate || !isMissing(error, kind, name)) throw error;
    return await createByUpdate(registry, request, kind, objectName, draft, context);
  }
}

export async function handlePatch(
  registry: Registry,
  request: ApiRequest,
  target: ObjectTarget,
  part: Part | undefined,
): Promise<Answer> {
  const { kind, namespace, name } = target;
  const context = writeContext(request, parseWriteOptions(request.query, "PatchOptions"));
  const { message, query } = request;
  const { object, created } = await patchObject(
    registry,
    {
      kind,
      name: { namespace, name },
      ...(part ? { part: part.definition, subresource: part.name } : {}),
      mediaType: mediaType(message.headers["content-type"]),
      body: (await readBody(message)).toString("utf8"),
      namesManager: query.has("fieldManager"),
      saysForce: query.has("force"),
    },
    context,
  );
  return objectAnswer(registry, request, kind, object, created ? 201 : 200);
}

export function writeContext(request: ApiRequest, options: WriteOptions): WriteContext {
  return {
    ...options,
    fieldManager: options.fieldManager || agentName(request),
    warn: (text) => request.warn(text),
  };
}

export async function jsonBody(
  { message }: ApiRequest,
  { kind }: { readonly kind: string },
): Promise<string> {
  return bodyAsJson(await readBody(message), message.headers["content-type"], kind);
}

/** PUT of what does not exist: a uid or resourceVersion in the body cannot be that of an object that is not there. */
async function createByUpdate(
  registry: Registry,
  request: ApiRequest,
  kind: ServedKind,
  name: ObjectName,
  draft: KubeObject,
  context: WriteContext,
): Promise<Answer> {
  checkUid(kind, name, draft, "");
  const { resourceVersion: _resourceVersion, ...metadata } = draft.metadata;
  const fresh = { ...draft, metadata } as KubeObject;
  const created = await createObject(registry, kind, name.namespace, fresh, context);
  return objectAnswer(registry, request, kind, created, 201);
}

function checkUid(kind: ServedKind, name: ObjectName, draft: KubeObject, actual: string): void {
  const { uid } = draft.metadata;
  if (!uid || uid === actual) return;
  const key = `/registry/${storageKey(kind.storage, name)}`;
  throw conflict(
    kind.storage,
    name.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`,
  );
}

function isMissing(error: unknown, kind: ServedKind, name: string): boolean {
  return isApiStatusError(error) && error.message === notFound(kind.storage, name).message;
}
