/**
 * ResourceDefinition: everything the API server must know of a kind, as data and pure functions.
 * The server's verbs, patches, tables, discovery and OpenAPI documents derive from it.
 */
import type { FieldError } from "./field-error.ts";
import type { Condition, KubeObject } from "./meta.ts";

export interface TableColumn {
  readonly name: string;
  readonly type: "string" | "integer" | "date" | "boolean" | "number";
  readonly format: "" | "name" | "int32" | "int64" | "date-time";
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: 0 | 1;
}

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

/** A write of a subresource that holds a part of the object, such as `status`. */
export interface PartDefinition<T extends KubeObject> {
  /** The object to store, given the stored one and what the client sent: only this part may change. */
  prepare(next: T, old: T): T;
  /** Like `validateUpdate`, for a write of this part. */
  validate?(next: T, old: T): readonly FieldError[];
}

export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Key of its structural schema in api/schema. */
  readonly schema: string;
  /** `DELETE` answers with the object (Service, Pod, …) instead of a Status. */
  readonly deleteReturnsObject?: boolean;
  /** PUT creates what does not exist. */
  readonly createOnUpdate?: boolean;
  /** Goes with every answer about this kind, in the Warning header. */
  readonly deprecation?: string;
  /** An update without a resourceVersion is refused. */
  readonly requiresResourceVersion?: boolean;

  /**
   * Set where two groups serve the same stored objects: events.k8s.io Events are core Events. `toStored` runs right
   * after decoding and `fromStored` right before answering; every other function here sees the stored form.
   */
  readonly storedAs?: {
    readonly group: string;
    readonly plural: string;
    toStored(object: T): T;
    fromStored(object: T): T;
  };

  /** Fills in what the client left out; also applied to what is read from a patch's result. */
  default?(object: T): T;
  /** Why admission refuses a new object as the client sent it, before anything is filled in or validated; undefined if it does not. */
  refusal?(object: T): string | undefined;
  /** Clears what a client may not set (status), sets metadata.generation. */
  prepareForCreate?(object: T): T;
  /** Keeps what an update may not touch (status), bumps metadata.generation when the spec changed. */
  prepareForUpdate?(next: T, old: T): T;
  /** metadata is validated by the server for every kind, with `validateName` (api/validation validateObjectMeta). */
  validate?(object: T): readonly FieldError[];
  /**
   * The whole of the kind's check of an update, metadata included; the server runs api/validation
   * validateObjectMetaUpdate once before it, and nothing else, as kube-apiserver does.
   */
  validateUpdate?(next: T, old: T): readonly FieldError[];
  /** Messages for the Warning header. */
  warnings?(next: T, old: T | undefined): readonly string[];
  /** What is wrong with the name, in apimachinery's words; default is a DNS-1123 subdomain. */
  validateName?(name: string, isPrefix: boolean): readonly string[];
  readonly parts?: Readonly<Record<string, PartDefinition<T>>>;

  /** Table columns; the first one is Name. */
  readonly columns: readonly TableColumn[];
  /** Cells of one Table row. `nowMs` is for ages. */
  cells(object: T, nowMs: number): readonly (string | number | boolean | null)[];
  /** Conditions of one Table row: a Pod that has ended is Completed. */
  rowConditions?(object: T): readonly Condition[];
  /** Fields that a field selector may name, beside metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
}
