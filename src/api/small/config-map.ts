/** ConfigMap, core/v1: settings that pods read. */
import { allVerbs } from "../definition-parts.ts";
import { type FieldError, invalidField } from "../field-error.ts";
import type { KubeObject } from "../meta.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateKindMetaUpdate, validateObjectMeta } from "../validation/object-meta.ts";
import { base64Bytes, textBytes, validateDataKeys, validateDataSize, validateFrozen } from "./config-data.ts";

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  /** Base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export const configMapDefinition: ResourceDefinition<ConfigMap> = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  singular: "configmap",
  shortNames: ["cm"],
  categories: [],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.core.v1.ConfigMap",
  validate: validateConfigMap,
  validateUpdate: (next, old) => [
    ...validateKindMetaUpdate(next, old),
    ...validateFrozen(next, old, ["data", "binaryData"]),
    ...validateObjectMeta({ namespaced: true }, next),
    ...validateConfigMap(next),
  ],
  columns: [nameColumn, column("Data", "How many keys it has."), ageColumn],
  cells: ({ metadata, data = {}, binaryData = {} }, nowMs) => [
    metadata.name,
    Object.keys(data).length + Object.keys(binaryData).length,
    age(metadata.creationTimestamp, nowMs),
  ],
};

function validateConfigMap({ data, binaryData }: ConfigMap): readonly FieldError[] {
  const repeated = Object.keys(data ?? {}).filter((key) => binaryData && key in binaryData);
  return [
    ...validateDataKeys(data, "data"),
    ...repeated.map((key) => invalidField(`data[${key}]`, key, "duplicate of key present in binaryData")),
    ...validateDataKeys(binaryData, "binaryData"),
    ...validateDataSize(textBytes(data) + base64Bytes(binaryData), "[]"),
  ];
}
