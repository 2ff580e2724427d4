/**
 * Writes src/api/schema/generated/: the fields of every kind that is served and of all that they contain, read from the
 * models of the npm package @kubernetes/client-node. `node tools/generate-schemas.ts` writes the files again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const roots: readonly string[] = [
  ...["V1Namespace", "V1Node", "V1Pod", "V1Service", "V1Endpoints", "V1EndpointSlice", "V1ConfigMap"],
  ...[
    "V1Secret",
    "V1ServiceAccount",
    "CoreV1Event",
    "EventsV1Event",
    "V1Lease",
    "V1Deployment",
    "V1ReplicaSet",
  ],
  ...["V1ServiceCIDR", "V1IPAddress", "V1Scale", "V1Binding", "V1Eviction", "V1Role", "V1ClusterRole"],
  ...["V1RoleBinding", "V1ClusterRoleBinding", "V1ListMeta", "V1Status", "V1DeleteOptions"],
  ...["V1SelfSubjectReview", "V1LocalSubjectAccessReview", "V1SelfSubjectAccessReview"],
  ...["V1SelfSubjectRulesReview", "V1SubjectAccessReview", "V1TokenReview", "AuthenticationV1TokenRequest"],
];

/** Which API package a model belongs to; every other model is core/v1. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "meta.v1": [
    ...[
      "V1ObjectMeta",
      "V1ListMeta",
      "V1OwnerReference",
      "V1ManagedFieldsEntry",
      "V1LabelSelector",
      "V1Condition",
    ],
    ...["V1LabelSelectorRequirement", "V1Status", "V1StatusDetails", "V1StatusCause", "V1DeleteOptions"],
    ...["V1Preconditions", "V1ShardInfo"],
  ],
  "apps.v1": [
    ...[
      "V1Deployment",
      "V1DeploymentSpec",
      "V1DeploymentStatus",
      "V1DeploymentCondition",
      "V1DeploymentStrategy",
    ],
    ...["V1RollingUpdateDeployment", "V1ReplicaSet", "V1ReplicaSetSpec", "V1ReplicaSetStatus"],
    "V1ReplicaSetCondition",
  ],
  "discovery.v1": [
    ...["V1EndpointSlice", "V1Endpoint", "V1EndpointConditions", "V1EndpointHints", "V1ForZone", "V1ForNode"],
    "DiscoveryV1EndpointPort",
  ],
  "networking.v1": [
    ...["V1ServiceCIDR", "V1ServiceCIDRSpec", "V1ServiceCIDRStatus", "V1IPAddress", "V1IPAddressSpec"],
    "V1ParentReference",
  ],
  "events.v1": ["EventsV1Event", "EventsV1EventSeries"],
  "coordination.v1": ["V1Lease", "V1LeaseSpec"],
  "autoscaling.v1": ["V1Scale", "V1ScaleSpec", "V1ScaleStatus"],
  "policy.v1": ["V1Eviction"],
  "rbac.v1": [
    ...["V1Role", "V1ClusterRole", "V1RoleBinding", "V1ClusterRoleBinding", "V1PolicyRule", "V1RoleRef"],
    ...["V1AggregationRule", "RbacV1Subject"],
  ],
  "authentication.v1": [
    ...[
      "V1SelfSubjectReview",
      "V1SelfSubjectReviewStatus",
      "V1UserInfo",
      "V1TokenReview",
      "V1TokenReviewSpec",
    ],
    ...["V1TokenReviewStatus", "AuthenticationV1TokenRequest", "V1TokenRequestSpec", "V1TokenRequestStatus"],
    "V1BoundObjectReference",
  ],
  "authorization.v1": [
    ...["V1LocalSubjectAccessReview", "V1SelfSubjectAccessReview", "V1SelfSubjectAccessReviewSpec"],
    ...["V1SelfSubjectRulesReview", "V1SelfSubjectRulesReviewSpec", "V1SubjectRulesReviewStatus"],
    ...["V1SubjectAccessReview", "V1SubjectAccessReviewSpec", "V1SubjectAccessReviewStatus"],
    ...["V1ResourceAttributes", "V1NonResourceAttributes", "V1FieldSelectorAttributes"],
    ...["V1LabelSelectorAttributes", "V1ResourceRule", "V1NonResourceRule"],
  ],
};

interface ModelField {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

export interface GeneratedSchemas {
  /** The version of the package that the models were read from. */
  readonly version: string;
  /** Type -> field -> `string`, `[]core.v1.ServicePort`, `{}string`; `!` at the end: required. */
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface GeneratedFiles {
  readonly schemas: GeneratedSchemas;
  /** Type -> field -> description; that of the type itself under "". */
  readonly descriptions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const packageFolder = dirname(createRequire(import.meta.url).resolve("@kubernetes/client-node/package.json"));

export function installedVersion(): string {
  return JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")).version;
}

export function generateSchemas(): GeneratedFiles {
  const types: Record<string, Record<string, string>> = {};
  const descriptions: Record<string, Record<string, string>> = {};
  const queue = [...roots];
  for (let model = queue.shift(); model !== undefined; model = queue.shift()) {
    const name = typeName(model);
    if (types[name]) continue;
    const doc = readDocumentation(model);
    descriptions[name] = doc.descriptions;
    types[name] = {};
    for (const field of readFields(model)) {
      const { type, reference } = fieldType(field);
      if (reference) queue.push(reference);
      types[name][field.baseName] = type + (doc.required.has(field.baseName) ? "!" : "");
    }
  }
  return {
    schemas: { version: installedVersion(), types: sorted(types) },
    descriptions: sorted(descriptions),
  };
}

function typeName(model: string): string {
  const found = Object.entries(packages).find(([, models]) => models.includes(model));
  return `${found?.[0] ?? "core.v1"}.${model.replace(/^(Core|Events|Discovery|Rbac|Authentication)?V1/, "")}`;
}

function fieldType({ type, format }: ModelField): { type: string; reference?: string } {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return wrapped("[]", fieldType({ baseName: "", type: list, format }));
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return wrapped("{}", fieldType({ baseName: "", type: map, format }));
  const plain = plainTypes[type]?.(format);
  return plain === undefined ? { type: typeName(type), reference: type } : { type: plain };
}

function wrapped(
  prefix: string,
  inner: { type: string; reference?: string },
): { type: string; reference?: string } {
  return { ...inner, type: prefix + inner.type };
}

const plainTypes: Readonly<Record<string, (format: string) => string>> = {
  string: (format) => (format === "byte" ? "bytes" : "string"),
  boolean: () => "boolean",
  number: (format) => (format === "int32" || format === "int64" ? format : "number"),
  IntOrString: () => "intOrString",
  Date: () => "time",
  V1MicroTime: () => "microTime",
  any: () => "any",
};

function readFields(model: string): readonly ModelField[] {
  const text = readFileSync(join(packageFolder, `dist/gen/models/${model}.js`), "utf8");
  const table = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(text)?.[1];
  if (table === undefined) throw new Error(`no table of fields in the model ${model}`);
  return JSON.parse(table);
}

function readDocumentation(model: string): {
  readonly required: ReadonlySet<string>;
  readonly descriptions: Record<string, string>;
} {
  const text = readFileSync(join(packageFolder, `dist/gen/models/${model}.d.ts`), "utf8");
  const descriptions: Record<string, string> = {};
  const about = /\/\*\*\n\* ([^\n]*)\n\*\/\nexport declare class/.exec(text)?.[1];
  if (about !== undefined) descriptions[""] = plainText(about);
  const required = new Set<string>();
  for (const [, description, name, optional] of text.matchAll(
    /(?:\/\*\*\n\s*\* ([^\n]*)\n\s*\*\/\n)?\s*'([^']+)'(\??): /g,
  )) {
    const field = name === "_continue" ? "continue" : (name ?? "");
    if (description) descriptions[field] = plainText(description);
    if (optional === "") required.add(field);
  }
  return { required, descriptions };
}

/** The generator of the models escapes quotes and writes spaces for line ends: those before list items come back. */
function plainText(description: string): string {
  return description
    .replace(/\\(['"`])/g, "$1")
    .replace(/ {3}\* /g, "\n  * ")
    .replace(/(?<![\n ]) {2}\* /g, "\n\n* ")
    .trim();
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line for each type: small, and yet a change can be read. */
export function formatGenerated(value: object): string {
  const lines = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${JSON.stringify(member)}`,
  );
  return `{\n${lines.join(",\n")}\n}\n`;
}

export function generatedFileTexts(): { readonly schemas: string; readonly descriptions: string } {
  const { schemas, descriptions } = generateSchemas();
  return {
    schemas: formatGenerated({ "": { version: schemas.version }, ...schemas.types }),
    descriptions: formatGenerated(descriptions),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(dirname(fileURLToPath(import.meta.url)), "../src/api/schema/generated");
  const { schemas, descriptions } = generatedFileTexts();
  writeFileSync(join(folder, "schemas.json"), schemas);
  writeFileSync(join(folder, "descriptions.json"), descriptions);
}
