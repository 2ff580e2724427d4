/** Secret, core/v1: what pods read and nobody else should. */
import { allVerbs } from "../definition-parts.ts";
import type { KubeObject } from "../meta.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";

export interface Secret extends KubeObject {
  readonly type?: string;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
  /** Plain text, write-only: joins `data` when written. */
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export const secretDefinition: ResourceDefinition<Secret> = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  singular: "secret",
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: allVerbs,
  schema: "io.k8s.api.core.v1.Secret",
  columns: [
    nameColumn,
    column("Type", "What kind of secret it is."),
    column("Data", "How many keys it has."),
    ageColumn,
  ],
  cells: ({ metadata, type = "", data = {} }, nowMs) => [
    metadata.name,
    type,
    Object.keys(data).length,
    age(metadata.creationTimestamp, nowMs),
  ],
  selectableFields: { type: ({ type = "" }) => type },
};
