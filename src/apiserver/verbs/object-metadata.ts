/** The metadata that the server keeps, whatever a client sends. */
import { randomBytes, randomUUID } from "node:crypto";
import type { KubeObject, ObjectMeta } from "../../api/meta.ts";
import type { ObjectName } from "../registry/storage-key.ts";
import { timestamp } from "./write-context.ts";

/** apimachinery: names are cut so that five random characters fit into 63. */
const generatedBaseMaxLength = 58;
/** No vowels, no look-alikes: generated names spell no words (apimachinery util/rand). */
const nameAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `web-` -> `web-x7k2q` */
export function generateName(base: string): string {
  const random = [...randomBytes(5)].map((byte) => nameAlphabet[byte % nameAlphabet.length]);
  return base.slice(0, generatedBaseMaxLength) + random.join("");
}

/** The object with the metadata of a new one; `name` and `namespace` come from the request. */
export function withNewMetadata<T extends KubeObject>(
  object: T,
  { name, namespace }: ObjectName,
  nowMs: number,
): T {
  const {
    resourceVersion: _resourceVersion,
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _deletionGracePeriodSeconds,
    namespace: _namespace,
    selfLink: _selfLink,
    ...kept
  }: Partial<ObjectMeta> & { readonly selfLink?: string } = object.metadata ?? {};
  const metadata = {
    ...kept,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: randomUUID(),
    creationTimestamp: timestamp(nowMs),
  } as ObjectMeta;
  return { ...object, metadata };
}

/** What an update may leave out or cannot say: rest.BeforeUpdate of kube-apiserver. */
export function withKeptMetadata<T extends KubeObject>(next: T, old: T): T {
  const { generation, deletionTimestamp, deletionGracePeriodSeconds, namespace } = old.metadata;
  const { generation: _generation, namespace: _namespace, ...sent } = next.metadata;
  const metadata: ObjectMeta = {
    deletionTimestamp,
    deletionGracePeriodSeconds,
    ...sent,
    ...(namespace === undefined ? {} : { namespace }),
    ...(generation === undefined ? {} : { generation }),
    uid: sent.uid || old.metadata.uid,
    creationTimestamp: old.metadata.creationTimestamp,
  } as ObjectMeta;
  return { ...next, metadata };
}

export function withResourceVersion<T extends KubeObject>(object: T, revision: number): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
