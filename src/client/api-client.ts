/** ApiClient: how every component reads and writes any Kubernetes API. */
import type { KubeList, KubeObject } from "../api/meta.ts";
import type { Resource } from "./resources.ts";

export interface ObjectKey {
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
}

export interface ListParameters {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface WatchParameters
  extends Pick<ListParameters, "namespace" | "labelSelector" | "fieldSelector" | "resourceVersion"> {
  readonly allowBookmarks?: boolean;
  /** A streaming list: the objects that exist come first, then a bookmark with the annotation k8s.io/initial-events-end. */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: KubeObject };

/** The body of a create or update: metadata and fields that the server fills in may be missing. */
export type Draft<T> = { readonly [K in keyof T]?: T[K] extends object | undefined ? Partial<T[K]> : T[K] };

export type PatchType = "json" | "merge" | "strategic" | "apply";

export interface WriteOptions {
  readonly subresource?: string;
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  /** Server-side apply: take over fields that other managers own. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly signal?: AbortSignal;
}

/** All methods reject with ApiError (see errors.ts) when the server answers with a Status, and with a network error otherwise. */
export interface ApiClient {
  /** Resolves with undefined if there is no such object. */
  get<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    signal?: AbortSignal,
  ): Promise<T | undefined>;
  list<T extends KubeObject>(
    resource: Resource<T>,
    parameters?: ListParameters,
    signal?: AbortSignal,
  ): Promise<KubeList<T>>;
  /** Ends when the server ends the stream or the signal fires; rejects with ApiError on an ERROR event (410 Gone, say). */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    parameters: WatchParameters,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>, options?: WriteOptions): Promise<T>;
  /** Replaces the object; a metadata.resourceVersion in it makes that conditional (ApiError with reason Conflict). */
  update<T extends KubeObject>(resource: Resource<T>, object: Draft<T>, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    options?: WriteOptions,
  ): Promise<T>;
  /** Resolves also when there is nothing to delete. */
  delete<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: DeleteOptions): Promise<void>;
  /** One request outside the resources above, `/readyz` say; resolves with the body whatever the status. */
  raw(
    method: string,
    path: string,
    signal?: AbortSignal,
  ): Promise<{ readonly status: number; readonly body: string }>;
  /** Its requests so far, in Prometheus' text; fakes have none. */
  metrics?(): string;
  close(): Promise<void>;
}
