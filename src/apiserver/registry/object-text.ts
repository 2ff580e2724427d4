/**
 * How objects are written in the store: JSON that begins with metadata, without kind, apiVersion and resourceVersion.
 * A list or a watch event is then made by joining texts, without parsing an object: the revision goes in behind
 * `{"metadata":{`, the kind goes in front, where it is asked for.
 */
import type { KubeObject } from "../../api/meta.ts";

const head = '{"metadata":{';

/** NOTE: metadata must have a name, so that it is never empty. */
export function encodeObject(object: KubeObject): string {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const { resourceVersion: _revision, ...kept } = metadata;
  return JSON.stringify({ metadata: kept, ...rest });
}

export interface KindOfObject {
  readonly kind: string;
  /** `v1` or `apps/v1` */
  readonly apiVersion: string;
}

export function decodeObject(text: string, revision: number, kind: KindOfObject): KubeObject {
  const parsed = JSON.parse(text) as Pick<KubeObject, "metadata">;
  return {
    kind: kind.kind,
    apiVersion: kind.apiVersion,
    ...parsed,
    metadata: { ...parsed.metadata, resourceVersion: String(revision) },
  };
}

/** As it stands in a list: without kind and apiVersion. */
export function itemText(text: string, revision: number): string {
  return `${head}"resourceVersion":"${revision}",${text.slice(head.length)}`;
}

/** As it stands alone. */
export function objectText(text: string, revision: number, { kind, apiVersion }: KindOfObject): string {
  return `{"kind":"${kind}","apiVersion":"${apiVersion}","metadata":{"resourceVersion":"${revision}",${text.slice(head.length)}`;
}
