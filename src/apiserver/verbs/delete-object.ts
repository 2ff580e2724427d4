/** Delete: at once, or by marking the object for whoever holds it. */
import type { KubeObject } from "../../api/meta.ts";
import { conflict, forbidden, notFound } from "../errors.ts";
import { encodeObject } from "../registry/object-text.ts";
import { type Registry, readObject, type StoredObject } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import type { ObjectName } from "../registry/storage-key.ts";
import type { DeleteOptions } from "../request/delete-options.ts";
import { untouched } from "./create-object.ts";
import { planDeletion } from "./deletion-rules.ts";
import { withResourceVersion } from "./object-metadata.ts";

export interface DeletedObject {
  readonly object: KubeObject;
  /** False: it is only marked, and waits for its finalizers or its node. */
  readonly removed: boolean;
}

const attempts = 50;

/** kube-apiserver's admission plugin NamespaceLifecycle keeps these. */
const immortalNamespaces: readonly string[] = ["default", "kube-system", "kube-public"];

/** Throws Forbidden for a namespace that no cluster can do without, NotFound, Conflict when a precondition fails. */
export async function deleteObject(
  registry: Registry,
  kind: ServedKind,
  name: ObjectName,
  options: DeleteOptions,
): Promise<DeletedObject> {
  if (kind.kind === "Namespace" && immortalNamespaces.includes(name.name)) {
    throw forbidden(kind.storage, name.name, "this namespace may not be deleted");
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const current = await readObject(registry, kind, name);
    if (!current) throw notFound(kind.storage, name.name);
    kind.admission?.remove(current.object);
    checkPreconditions(kind, current.object, options);
    const deleted = await deleteOnce(registry, kind, current, options);
    if (deleted) return deleted;
  }
  throw conflict(
    kind.storage,
    name.name,
    "the object changes faster than it can be deleted; please try again",
  );
}

async function deleteOnce(
  registry: Registry,
  kind: ServedKind,
  current: StoredObject,
  options: DeleteOptions,
): Promise<DeletedObject | undefined> {
  const plan = planDeletion(kind.definition, current.object, options, registry.clock.now());
  if (plan.step === "wait") return { object: current.object, removed: false };
  const object = plan.step === "remove" ? current.object : plan.object;
  if (options.dryRun) return { object, removed: plan.step !== "mark" };
  if (plan.step === "remove") return remove(registry, kind, current);
  const marked = await storeMarked(registry, current, object);
  if (!marked) return undefined;
  return plan.step === "mark" ? { object: marked.object, removed: false } : remove(registry, kind, marked);
}

async function remove(
  registry: Registry,
  kind: ServedKind,
  current: StoredObject,
): Promise<DeletedObject | undefined> {
  const revision = await removeStored(registry, kind, current);
  return revision === undefined
    ? undefined
    : { object: withResourceVersion(current.object, revision), removed: true };
}

async function storeMarked(
  { store }: Registry,
  current: StoredObject,
  object: KubeObject,
): Promise<StoredObject | undefined> {
  const text = encodeObject(object);
  if (text === current.text) return current;
  const result = await store.commit([{ key: current.key, value: text, ifRevision: current.revision }]);
  if (!result.committed) return undefined;
  const { revision } = result;
  return { key: current.key, text, revision, object: withResourceVersion(object, revision) };
}

/** Resolves with the revision of the removal, or undefined if the object changed meanwhile. */
export async function removeStored(
  { store }: Registry,
  { hook }: ServedKind,
  { key, object, revision }: StoredObject,
): Promise<number | undefined> {
  const prepared = hook?.remove(object) ?? untouched(object);
  let removed = false;
  try {
    const result = await store.commit([{ key, ifRevision: revision }, ...prepared.writes]);
    removed = result.committed;
    return result.committed ? result.revision : undefined;
  } finally {
    if (removed) prepared.commit();
    else prepared.revert();
  }
}

function checkPreconditions({ storage }: ServedKind, { metadata }: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const named = { group: storage.group, plural: storage.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      named,
      metadata.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      named,
      metadata.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}
