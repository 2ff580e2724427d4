/** Create: defaults, admission, allocation, validation, and one commit. */
import type { KubeObject } from "../../api/meta.ts";
import { validateObjectMeta } from "../../api/validation/index.ts";
import {
  ApiStatusError,
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  unknownFailure,
} from "../errors.ts";
import { encodeObject } from "../registry/object-text.ts";
import { type Registry, readObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { type ObjectName, storageKey } from "../registry/storage-key.ts";
import type { PreparedWrite } from "../write-hook.ts";
import { requireLiveNamespace } from "./namespace-lifecycle.ts";
import { generateName, withNewMetadata, withResourceVersion } from "./object-metadata.ts";
import { prepareWrite } from "./prepare-write.ts";
import { trackFields } from "./track-fields.ts";
import type { WriteContext } from "./write-context.ts";

const generatedNameAttempts = 8;
/** How often what a hook chose may be taken by another server in the same moment. */
const allocationAttempts = 20;

/** `draft` is decoded and defaulted; its metadata may lack everything. Throws ApiStatusError. */
export async function createObject(
  registry: Registry,
  kind: ServedKind,
  namespace: string | undefined,
  draft: KubeObject,
  context: WriteContext,
  { tracksFields = true }: { readonly tracksFields?: boolean } = {},
): Promise<KubeObject> {
  checkNamespace(namespace, draft);
  if (draft.metadata?.resourceVersion && draft.metadata.resourceVersion !== "0") {
    throw unknownFailure("resourceVersion should not be set on objects to be created");
  }
  const generates = !draft.metadata?.name && Boolean(draft.metadata?.generateName);
  await requireLiveNamespace(registry, kind.storage, namespace, draft.metadata?.name ?? "");
  for (let attempt = 1; ; attempt += 1) {
    const name = generates ? generateName(draft.metadata.generateName ?? "") : (draft.metadata?.name ?? "");
    try {
      const tracked = tracksFields ? trackNew(registry, kind, draft, context) : draft;
      return await createNamed(registry, kind, { name, namespace }, tracked, context);
    } catch (error) {
      const taken = error instanceof ApiStatusError && error.status.reason === "AlreadyExists";
      if (!generates || !taken || attempt === generatedNameAttempts) throw error;
    }
  }
}

function trackNew(
  { clock }: Registry,
  kind: ServedKind,
  draft: KubeObject,
  { fieldManager }: WriteContext,
): KubeObject {
  return trackFields(kind, undefined, draft, { subresource: "", manager: fieldManager, nowMs: clock.now() });
}

/** A body may leave its namespace out, but not name another one than the path. */
export function checkNamespace(namespace: string | undefined, object: KubeObject): void {
  const named = object.metadata?.namespace;
  if (named && named !== (namespace ?? "")) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

/** Throws BadRequest unless the object has the name that the path has. */
export function checkName(draft: KubeObject, name: string): void {
  if (!draft.metadata.name) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (draft.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${draft.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
}

async function createNamed(
  registry: Registry,
  kind: ServedKind,
  name: ObjectName,
  draft: KubeObject,
  context: WriteContext,
): Promise<KubeObject> {
  const { definition, hook } = kind;
  const fresh = withNewMetadata(draft, name, registry.clock.now());
  const refusal = definition.refusal?.(fresh);
  if (refusal !== undefined) throw forbidden(kind.storage, name.name, refusal);
  const object = definition.prepareForCreate?.(fresh) ?? fresh;
  kind.admission?.create(object);
  for (let attempt = 0; attempt < allocationAttempts; attempt += 1) {
    const created = await createOnce(registry, kind, name, object, context);
    if (created) return created;
    await hook?.settle?.();
  }
  throw conflict(kind.storage, name.name, "what it allocates was taken meanwhile; please try again");
}

/** Resolves with undefined if somebody else took what the hook chose. */
async function createOnce(
  registry: Registry,
  kind: ServedKind,
  name: ObjectName,
  object: KubeObject,
  context: WriteContext,
): Promise<KubeObject | undefined> {
  const { definition, hook } = kind;
  const prepared = hook ? await prepareWrite(hook, (one) => one.create(object)) : untouched(object);
  let stored = false;
  try {
    validateNew(kind, prepared.object);
    for (const warning of definition.warnings?.(prepared.object, undefined) ?? []) context.warn(warning);
    if (context.dryRun) return await dryRunCreate(registry, kind, name, prepared.object);
    const key = storageKey(kind.storage, name);
    const value = encodeObject(prepared.object);
    const result = await registry.store.commit([{ key, value, ifRevision: 0 }, ...prepared.writes]);
    if (!result.committed && result.conflict !== key) return undefined;
    if (!result.committed) throw await createConflict(registry, kind, name);
    stored = true;
    return withResourceVersion(prepared.object, result.revision);
  } finally {
    if (stored) prepared.commit();
    else prepared.revert();
  }
}

function validateNew({ definition, storage }: ServedKind, object: KubeObject): void {
  const errors = [...validateObjectMeta(definition, object), ...(definition.validate?.(object) ?? [])];
  if (errors.length > 0) throw invalid(storage, object.metadata.name, errors);
}

async function dryRunCreate(
  registry: Registry,
  kind: ServedKind,
  name: ObjectName,
  object: KubeObject,
): Promise<KubeObject> {
  if (await readObject(registry, kind, name)) throw await createConflict(registry, kind, name);
  return object;
}

async function createConflict(
  registry: Registry,
  kind: ServedKind,
  name: ObjectName,
): Promise<ApiStatusError> {
  const current = await readObject(registry, kind, name);
  const error = alreadyExists(kind.storage, name.name);
  return current?.object.metadata.deletionTimestamp
    ? new ApiStatusError(
        409,
        "AlreadyExists",
        `object is being deleted: ${error.message}`,
        error.status.details,
      )
    : error;
}

export function untouched<T>(object: T): PreparedWrite<T> {
  return { object, writes: [], commit() {}, revert() {} };
}
