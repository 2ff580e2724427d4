/** Update: read, change, prepare, validate, and commit if nobody was faster. PUT, all patches and subresources pass here. */
import type { FieldError } from "../../api/field-error.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { PartDefinition } from "../../api/resource-definition.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "../../api/validation/index.ts";
import { conflict, invalid, modifiedMessage, notFound } from "../errors.ts";
import { jsonEqual } from "../registry/json-equal.ts";
import { encodeObject } from "../registry/object-text.ts";
import { type Registry, readObject, type StoredObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectName } from "../registry/storage-key.ts";
import type { PreparedWrite } from "../write-hook.ts";
import { untouched } from "./create-object.ts";
import { removeStored } from "./delete-object.ts";
import { isFinished } from "./deletion-rules.ts";
import { withKeptMetadata, withResourceVersion } from "./object-metadata.ts";
import { prepareWrite } from "./prepare-write.ts";
import { trackFields } from "./track-fields.ts";
import type { WriteContext } from "./write-context.ts";

export interface UpdateRequest {
  readonly kind: ServedKind;
  readonly name: ObjectName;
  /** What to store instead of `current`; called again with what is there then, when somebody was faster. */
  produce(current: StoredObject): KubeObject | Promise<KubeObject>;
  /** The part of the object that may change; the main resource if absent. */
  readonly part?: PartDefinition<KubeObject>;
  /** What managedFields calls the part. */
  readonly subresource?: string;
  /** False where managedFields are the business of `produce`, or nobody's. */
  readonly tracksFields?: boolean;
}

/** More conflicts in a row than this mean that the object is written without pause. */
const attempts = 50;

/** Resolves with the stored object. Throws ApiStatusError. */
export async function updateObject(
  registry: Registry,
  request: UpdateRequest,
  context: WriteContext,
): Promise<KubeObject> {
  const { kind, name } = request;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const current = await readObject(registry, kind, name);
    if (!current) throw notFound(kind.storage, name.name);
    const updated = await updateOnce(registry, request, current, context);
    if (updated) return updated;
  }
  throw conflict(kind.storage, name.name, modifiedMessage);
}

/** Resolves with undefined if the object changed meanwhile. */
async function updateOnce(
  registry: Registry,
  request: UpdateRequest,
  current: StoredObject,
  context: WriteContext,
): Promise<KubeObject | undefined> {
  const { kind } = request;
  const produced = await request.produce(current);
  const next = prepareUpdate(request, trackUpdate(registry, request, produced, current, context), current);
  kind.admission?.update(next, current.object, request.subresource ?? "");
  const prepared = request.part ? untouched(next) : await prepareUpdateOf(kind, next, current);
  let stored = false;
  try {
    validateUpdate(request, prepared.object, current.object);
    if (!request.part) {
      for (const warning of kind.definition.warnings?.(prepared.object, current.object) ?? [])
        context.warn(warning);
    }
    const outcome = await storeUpdate(registry, kind, prepared, current, context);
    stored = outcome?.stored ?? false;
    return outcome?.object;
  } finally {
    if (stored) prepared.commit();
    else prepared.revert();
  }
}

function prepareUpdate(
  { kind, name, part }: UpdateRequest,
  produced: KubeObject,
  current: StoredObject,
): KubeObject {
  const { definition } = kind;
  const sentRevision = produced.metadata.resourceVersion;
  if (sentRevision && sentRevision !== "0" && sentRevision !== String(current.revision)) {
    throw conflict(kind.storage, name.name, modifiedMessage);
  }
  if (!sentRevision && definition.requiresResourceVersion) {
    throw invalid(kind.storage, name.name, [missingResourceVersion]);
  }
  const old = current.object;
  const kept = withKeptMetadata(withResourceVersion(produced, current.revision), old);
  const prepared = part ? part.prepare(kept, old) : (definition.prepareForUpdate?.(kept, old) ?? kept);
  const { managedFields } = kept.metadata;
  return managedFields ? { ...prepared, metadata: { ...prepared.metadata, managedFields } } : prepared;
}

function trackUpdate(
  { clock }: Registry,
  { kind, subresource = "", tracksFields = true }: UpdateRequest,
  produced: KubeObject,
  { object }: StoredObject,
  { fieldManager }: WriteContext,
): KubeObject {
  if (!tracksFields) return produced;
  return trackFields(kind, object, produced, { subresource, manager: fieldManager, nowMs: clock.now() });
}

const missingResourceVersion: FieldError = {
  type: "Invalid",
  field: "metadata.resourceVersion",
  value: "",
  detail: "must be specified for an update",
};

/** NOTE: kube-apiserver validates metadata once for all kinds and again for each kind, so some causes stand there twice. */
function validateUpdate({ kind, part }: UpdateRequest, next: KubeObject, old: KubeObject): void {
  const { definition } = kind;
  const errors = [
    ...validateObjectMeta(definition, next),
    ...validateObjectMetaUpdate(next, old),
    ...((part ? part.validate?.(next, old) : definition.validateUpdate?.(next, old)) ?? []),
  ];
  if (errors.length > 0) throw invalid(kind.storage, next.metadata.name, errors);
}

async function prepareUpdateOf(
  { hook }: ServedKind,
  next: KubeObject,
  { object }: StoredObject,
): Promise<PreparedWrite<KubeObject>> {
  return hook ? prepareWrite(hook, (one) => one.update(next, object)) : untouched(next);
}

interface Outcome {
  readonly object: KubeObject;
  readonly stored: boolean;
}

async function storeUpdate(
  registry: Registry,
  kind: ServedKind,
  prepared: PreparedWrite<KubeObject>,
  current: StoredObject,
  { dryRun }: WriteContext,
): Promise<Outcome | undefined> {
  const next = prepared.object;
  if (isFinished(kind.definition, next, current.object)) {
    if (dryRun) return { object: next, stored: false };
    const removed = await removeStored(registry, kind, { ...current, object: next });
    return removed === undefined ? undefined : { object: next, stored: false };
  }
  if (prepared.writes.length === 0 && isSame(next, current.object))
    return { object: current.object, stored: false };
  if (dryRun) return { object: next, stored: false };
  const write = { key: current.key, value: encodeObject(next), ifRevision: current.revision };
  const result = await registry.store.commit([write, ...prepared.writes]);
  if (result.committed) return { object: withResourceVersion(next, result.revision), stored: true };
  if (result.conflict !== current.key) await kind.hook?.settle?.();
  return undefined;
}

/** When a manager last wrote does not count as a change. */
function isSame(next: KubeObject, old: KubeObject): boolean {
  return jsonEqual(withoutManagedTimes(next), withoutManagedTimes(old));
}

function withoutManagedTimes(object: KubeObject): KubeObject {
  const managedFields = object.metadata.managedFields?.map(({ time: _time, ...entry }) => entry);
  return { ...object, metadata: { ...object.metadata, managedFields: managedFields ?? [] } };
}
