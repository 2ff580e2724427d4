/** Who controls an object (metav1.GetControllerOf). */
import type { KubeObject, OwnerReference } from "../api/meta.ts";

/** The one owner that manages the object; undefined if there is none. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller);
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** A reference that makes `owner` the controller: the dependent is deleted with it. */
export function controllerReference({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function withOwner<T extends KubeObject>(object: T, owner: KubeObject): T {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerReference(owner)];
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}

export function withoutOwner<T extends KubeObject>(object: T, uid: string): T {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter(
    (reference) => reference.uid !== uid,
  );
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
