/** Table, meta.k8s.io/v1: objects as kubectl prints them. */
import type { KubeObject } from "../../api/meta.ts";
import type { TableColumn } from "../../api/resource-definition.ts";
import { badRequest } from "../errors.ts";
import { quote } from "../field-error-text.ts";
import type { ServedKind } from "../registry/served-kind.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

/** Throws BadRequest. */
export function parseIncludeObject(value: string | null): IncludeObject {
  if (value === null || value === "") return "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${quote(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** The JSON of one row. */
export function tableRow(
  { definition }: ServedKind,
  include: IncludeObject,
  object: KubeObject,
  nowMs: number,
): string {
  const conditions = definition.rowConditions?.(object) ?? [];
  return JSON.stringify({
    cells: definition.cells(object, nowMs),
    ...(conditions.length > 0 ? { conditions } : {}),
    object: includedObject(definition.storedAs?.fromStored ?? ((same) => same), include, object),
  });
}

function includedObject(
  toWire: (object: KubeObject) => KubeObject,
  include: IncludeObject,
  object: KubeObject,
): object | null {
  if (include === "None") return null;
  if (include === "Object") return toWire(object);
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
}

/** `columns` is null in all but the first event of a watch. */
export function tableText(
  columns: readonly TableColumn[] | null,
  rows: readonly string[],
  metadata: string,
): string {
  return `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":${metadata},"columnDefinitions":${JSON.stringify(columns)},"rows":[${rows.join(",")}]}`;
}
