/** Secret, core/v1: what pods read and nobody else should. */
import { allVerbs } from "../definition-parts.ts";
import { type FieldError, invalidField, requiredField } from "../field-error.ts";
import type { KubeObject } from "../meta.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { age } from "../printing/human-duration.ts";
import type { ResourceDefinition } from "../resource-definition.ts";
import { validateKindMetaUpdate, validateObjectMeta } from "../validation/object-meta.ts";
import { base64Bytes, validateDataKeys, validateDataSize, validateFrozen } from "./config-data.ts";
import { jsonObjectProblem } from "./json-object.ts";

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
  default: defaultSecret,
  validate: validateSecret,
  validateUpdate: (next, old) => [
    ...validateKindMetaUpdate(next, old),
    ...(next.type === old.type ? [] : [invalidField("type", next.type, "field is immutable")]),
    ...validateFrozen(next, old, ["data"]),
    ...validateObjectMeta({ namespaced: true }, next),
    ...validateSecret(next),
  ],
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

/** `stringData` is a way to write `data`; it is never read. */
function defaultSecret({ stringData, ...secret }: Secret): Secret {
  const written = Object.entries(stringData ?? {}).map(([key, text]) => [
    key,
    Buffer.from(text).toString("base64"),
  ]);
  const data = { ...secret.data, ...Object.fromEntries(written) };
  return { ...secret, ...(written.length > 0 ? { data } : {}), type: secret.type || "Opaque" };
}

/** Keys that a secret of a type must have. */
const neededKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ["kubernetes.io/dockercfg", [".dockercfg"]],
  ["kubernetes.io/dockerconfigjson", [".dockerconfigjson"]],
  ["kubernetes.io/ssh-auth", ["ssh-privatekey"]],
  ["kubernetes.io/tls", ["tls.crt", "tls.key"]],
]);

const accountAnnotation = "kubernetes.io/service-account.name";

function validateSecret({ metadata, type = "", data = {} }: Secret): readonly FieldError[] {
  const errors: FieldError[] = [
    ...validateDataKeys(data, "data"),
    ...validateDataSize(base64Bytes(data), "data"),
  ];
  if (type === "kubernetes.io/service-account-token" && !metadata.annotations?.[accountAnnotation]) {
    errors.push(requiredField(`metadata.annotations[${accountAnnotation}]`));
  }
  const isMissing = (key: string) => data[key] === undefined;
  if (type === "kubernetes.io/basic-auth" && isMissing("username") && isMissing("password")) {
    errors.push(requiredField("data[username]"), requiredField("data[password]"));
  }
  for (const key of neededKeys.get(type) ?? []) {
    if (isMissing(key)) errors.push(requiredField(`data[${key}]`));
    else if (key.startsWith(".docker")) errors.push(...jsonErrors(data[key] ?? "", `data[${key}]`));
  }
  return errors;
}

/** Credentials of registries are a JSON object. What they hold is never shown. */
function jsonErrors(base64: string, field: string): readonly FieldError[] {
  const problem = jsonObjectProblem(Buffer.from(base64, "base64").toString("utf8"));
  return problem === undefined ? [] : [invalidField(field, "<secret contents redacted>", problem)];
}
