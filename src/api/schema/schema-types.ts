/** The structure of a kind: which fields there are, of which type, and how Go's encoder and the merges treat them. */

export type PlainType =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "number"
  | "intOrString"
  | "quantity"
  | "time"
  | "microTime"
  | "bytes"
  | "any";

export type FieldType =
  | { readonly kind: PlainType }
  | { readonly kind: "list"; readonly items: FieldType }
  | { readonly kind: "map"; readonly values: FieldType }
  | { readonly kind: "object"; readonly type: string };

/** Strategic merge patch: `merge` lists by `mergeKey` (lists of scalars have none); `retainKeys` of a union. */
export interface PatchStrategy {
  readonly merge: boolean;
  readonly mergeKey?: string;
  readonly retainKeys: boolean;
}

export interface FieldSchema {
  readonly type: FieldType;
  readonly required: boolean;
  /** A Go pointer: kept when it is zero. Lists and maps never are. */
  readonly pointer: boolean;
  /** Printed even when it is empty: no `omitempty` in Go, or a struct by value. */
  readonly always: boolean;
  readonly patch?: PatchStrategy;
  /** Server-side apply; absent means atomic for lists, granular for maps and objects. */
  readonly listType?: "map" | "set" | "atomic";
  readonly listKeys?: readonly string[];
  readonly atomic?: boolean;
}

export interface ObjectSchema {
  /** `core.v1.ServicePort` */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** The whole object is one value for server-side apply. */
  readonly atomic: boolean;
}
