/** Validation of a container's environment (kubernetes/pkg/apis/core/validation ValidateEnv, ValidateEnvFrom). */
import {
  type FieldError,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import type { Container, EnvFromSource, EnvVar } from "../pod.ts";
import { configKeyProblems } from "../validation/syntax.ts";

export function validateEnvironment(
  { env = [], envFrom = [] }: Container,
  field: string,
): readonly FieldError[] {
  return [
    ...env.flatMap((one, index) => variableErrors(one, `${field}.env[${index}]`)),
    ...envFrom.flatMap((one, index) => sourceErrors(one, `${field}.envFrom[${index}]`)),
  ];
}

const namePattern = /^[ -<>-~]+$/;
const nameDetail =
  "a valid environment variable name must consist only of printable ASCII characters other than '=' " +
  "(e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '^[ -<>-~]+$')";

function variableErrors({ name = "", value = "", valueFrom }: EnvVar, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (name === "") errors.push(requiredField(`${field}.name`));
  else if (!namePattern.test(name)) errors.push(invalidField(`${field}.name`, name, nameDetail));
  return valueFrom ? [...errors, ...valueErrors(valueFrom, value, `${field}.valueFrom`)] : errors;
}

type ValueFrom = NonNullable<EnvVar["valueFrom"]>;

const several = "may not have more than one field specified at a time";

function valueErrors(from: ValueFrom, value: string, field: string): readonly FieldError[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = from;
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter(Boolean).length;
  const errors: FieldError[] = [
    ...(fieldRef ? fieldErrors(fieldRef.fieldPath ?? "", `${field}.fieldRef`) : []),
    ...(resourceFieldRef ? resourceErrors(resourceFieldRef.resource ?? "", `${field}.resourceFieldRef`) : []),
    ...(configMapKeyRef ? keyErrors(configMapKeyRef, `${field}.configMapKeyRef`) : []),
    ...(secretKeyRef ? keyErrors(secretKeyRef, `${field}.secretKeyRef`) : []),
  ];
  if (given === 0) {
    const detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
    errors.push(invalidField(field, "", detail));
  } else if (value !== "")
    errors.push(invalidField(field, "", "may not be specified when `value` is not empty"));
  if (given > 1) errors.push(invalidField(field, "", several));
  return errors;
}

/** What a variable may hold, as Kubernetes lists it. */
const fieldPaths = [
  ...["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"],
  ...["status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"],
].sort();
/** Fields that a path may name elsewhere. */
const otherPaths = [
  ...[
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.hostNetwork",
  ],
  ...["status.phase", "status.nominatedNodeName"],
];

function fieldErrors(path: string, field: string): readonly FieldError[] {
  const at = `${field}.fieldPath`;
  if (path === "") return [requiredField(at)];
  if (fieldPaths.includes(path) || /^metadata\.(labels|annotations)\['[^']+'\]$/.test(path)) return [];
  if (otherPaths.includes(path)) return [unsupportedField(at, path, fieldPaths)];
  return [invalidField(at, path, `error converting fieldPath: field label not supported: ${path}`)];
}

const resourceNames = [
  ...["limits.cpu", "limits.ephemeral-storage", "limits.memory"],
  ...["requests.cpu", "requests.ephemeral-storage", "requests.memory"],
];

function resourceErrors(resource: string, field: string): readonly FieldError[] {
  const at = `${field}.resource`;
  if (resource === "") return [requiredField(at)];
  if (resourceNames.includes(resource) || /^(limits|requests)\.hugepages-/.test(resource)) return [];
  return [unsupportedField(at, resource, resourceNames)];
}

function keyErrors(
  { name = "", key = "" }: { readonly name?: string; readonly key?: string },
  field: string,
): readonly FieldError[] {
  return [
    ...(name === "" ? [requiredField(`${field}.name`)] : []),
    ...(key === ""
      ? [requiredField(`${field}.key`)]
      : problemsField(`${field}.key`, key, configKeyProblems(key))),
  ];
}

function sourceErrors(
  { prefix = "", configMapRef, secretRef }: EnvFromSource,
  field: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (prefix !== "" && !namePattern.test(prefix))
    errors.push(invalidField(`${field}.prefix`, prefix, nameDetail));
  if (configMapRef && !configMapRef.name) errors.push(requiredField(`${field}.configMapRef.name`));
  if (secretRef && !secretRef.name) errors.push(requiredField(`${field}.secretRef.name`));
  if (!configMapRef && !secretRef) {
    errors.push(invalidField(field, "", "must specify one of: `configMapRef` or `secretRef`"));
  } else if (configMapRef && secretRef) errors.push(invalidField(field, "", several));
  return errors;
}
