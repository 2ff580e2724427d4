/** managedFields of a write, in the form of the kind that the client sees. */
import type { KubeObject } from "../../api/meta.ts";
import { trackManagedFields } from "../patch/index.ts";
import type { ServedKind } from "../registry/served-kind.ts";

export interface FieldTracking {
  /** "" for the object itself. */
  readonly subresource: string;
  readonly manager: string;
  readonly nowMs: number;
}

/** `live` is absent when the object is new. Both are in their stored form, `next` with defaults. */
export function trackFields(
  { definition, apiVersion }: ServedKind,
  live: KubeObject | undefined,
  next: KubeObject,
  tracking: FieldTracking,
): KubeObject {
  const { storedAs, schema } = definition;
  const toWire = (object: KubeObject) => storedAs?.fromStored(object) ?? object;
  const tracked = trackManagedFields({
    ...tracking,
    schema,
    apiVersion,
    live: live && toWire(live),
    next: toWire(next),
  });
  return { ...next, metadata: tracked.metadata };
}
