/** Validation of containers (kubernetes/pkg/apis/core/validation validateContainers, validateContainerCommon). */
import {
  duplicateField,
  type FieldError,
  forbiddenField,
  invalidField,
  missingField,
  problemsField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import type { Container, ContainerPort, PodSpec } from "../pod.ts";
import { validateProtocol } from "../validation/ports.ts";
import { dnsLabelProblems, portNameProblems, portNumberProblems } from "../validation/syntax.ts";
import { validateEnvironment } from "./env-validate.ts";
import { validateContainerSecurity } from "./host-validate.ts";
import { validateHandler, validateProbes } from "./probe-validate.ts";
import { validateResources } from "./resource-validate.ts";
import { localPathErrors } from "./volume-validate.ts";

const pullPolicies = ["Always", "IfNotPresent", "Never"];
const restartPolicies = ["Always", "Never", "OnFailure"];
const messagePolicies = ["FallbackToLogsOnError", "File"];

export function validateContainers(spec: PodSpec, field: string): readonly FieldError[] {
  const { containers, initContainers = [], volumes = [], terminationGracePeriodSeconds: grace } = spec;
  const volumeNames = new Set(volumes.map(({ name }) => name));
  const names = new Set<string>();
  const errors: FieldError[] = containers.length === 0 ? [requiredField(`${field}.containers`)] : [];
  for (const [index, container] of containers.entries()) {
    const at = `${field}.containers[${index}]`;
    errors.push(...validateContainer(container, at, volumeNames), ...nameRepeated(container, at, names));
    errors.push(...lifecycleErrors(container, at, grace), ...validateProbes(container, at));
    if (container.restartPolicy && !restartPolicies.includes(container.restartPolicy)) {
      errors.push(unsupportedField(`${at}.restartPolicy`, container.restartPolicy, restartPolicies));
    }
  }
  errors.push(...hostPortErrors(containers, `${field}.containers`));
  for (const [index, container] of initContainers.entries()) {
    const at = `${field}.initContainers[${index}]`;
    errors.push(...validateContainer(container, at, volumeNames), ...nameRepeated(container, at, names));
    errors.push(...initContainerErrors(container, at, grace));
    errors.push(...hostPortErrors([container], `${field}.initContainers`));
  }
  return errors;
}

function nameRepeated({ name }: Container, field: string, names: Set<string>): readonly FieldError[] {
  const isRepeated = name !== "" && name !== undefined && names.has(name);
  names.add(name);
  return isRepeated ? [duplicateField(`${field}.name`, name)] : [];
}

/** Only a sidecar, which runs as long as the pod does, may be probed and have hooks. */
function initContainerErrors(container: Container, field: string, grace?: number): readonly FieldError[] {
  if (container.restartPolicy === "Always") {
    return [...lifecycleErrors(container, field, grace), ...validateProbes(container, field)];
  }
  const detail = "may not be set for init containers without restartPolicy=Always";
  return (["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const)
    .filter((member) => container[member])
    .map((member) => forbiddenField(`${field}.${member}`, detail));
}

function lifecycleErrors({ lifecycle }: Container, field: string, grace?: number): readonly FieldError[] {
  return (["postStart", "preStop"] as const).flatMap((member) => {
    const handler = lifecycle?.[member];
    return handler ? validateHandler(handler, `${field}.lifecycle.${member}`, grace) : [];
  });
}

function validateContainer(
  container: Container,
  field: string,
  volumeNames: ReadonlySet<string>,
): readonly FieldError[] {
  const { name = "", image = "", imagePullPolicy, terminationMessagePolicy } = container;
  const errors: FieldError[] =
    name === ""
      ? [requiredField(`${field}.name`)]
      : problemsField(`${field}.name`, name, dnsLabelProblems(name));
  if (image === "") errors.push(requiredField(`${field}.image`));
  else if (image.trim() !== image) {
    errors.push(invalidField(`${field}.image`, image, "must not have leading or trailing whitespace"));
  }
  if (!messagePolicies.includes(terminationMessagePolicy ?? "")) {
    const value = terminationMessagePolicy ?? "";
    errors.push(unsupportedField(`${field}.terminationMessagePolicy`, value, messagePolicies));
  }
  errors.push(...portErrors(container.ports ?? [], `${field}.ports`));
  errors.push(...validateEnvironment(container, field));
  errors.push(...mountErrors(container, `${field}.volumeMounts`, volumeNames));
  if (!pullPolicies.includes(imagePullPolicy ?? "")) {
    errors.push(unsupportedField(`${field}.imagePullPolicy`, imagePullPolicy ?? "", pullPolicies));
  }
  return [
    ...errors,
    ...validateResources(container.resources, `${field}.resources`),
    ...validateContainerSecurity(container, `${field}.securityContext`),
  ];
}

function portErrors(ports: readonly ContainerPort[], field: string): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name = "", containerPort = 0, hostPort = 0, protocol }, index) => {
    const at = `${field}[${index}]`;
    const problems = name === "" ? [] : portNameProblems(name);
    const errors = problemsField(`${at}.name`, name, problems);
    if (name !== "" && problems.length === 0 && names.has(name))
      errors.push(duplicateField(`${at}.name`, name));
    names.add(name);
    if (containerPort === 0) errors.push(requiredField(`${at}.containerPort`));
    else
      errors.push(...problemsField(`${at}.containerPort`, containerPort, portNumberProblems(containerPort)));
    if (hostPort !== 0)
      errors.push(...problemsField(`${at}.hostPort`, hostPort, portNumberProblems(hostPort)));
    return [...errors, ...validateProtocol(protocol, `${at}.protocol`)];
  });
}

/** Two containers of a pod cannot have one port of its host. */
function hostPortErrors(containers: readonly Container[], field: string): readonly FieldError[] {
  const taken = new Set<string>();
  return containers.flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ hostPort, hostIP = "", protocol }, portIndex) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      const isTaken = taken.has(key);
      taken.add(key);
      return isTaken ? [duplicateField(`${field}[${index}].ports[${portIndex}].hostPort`, key)] : [];
    }),
  );
}

function mountErrors(
  { volumeMounts = [] }: Container,
  field: string,
  volumeNames: ReadonlySet<string>,
): readonly FieldError[] {
  const paths = new Set<string>();
  return volumeMounts.flatMap(({ name = "", mountPath = "", subPath = "", subPathExpr = "" }, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if (name === "") errors.push(requiredField(`${at}.name`));
    else if (!volumeNames.has(name)) errors.push(missingField(`${at}.name`, name));
    if (mountPath === "") errors.push(requiredField(`${at}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalidField(`${at}.mountPath`, mountPath, "must be unique"));
    paths.add(mountPath);
    if (subPath !== "") errors.push(...localPathErrors(subPath, `${at}.subPath`));
    if (subPathExpr !== "" && subPath !== "") {
      const detail = "subPathExpr and subPath are mutually exclusive";
      errors.push(invalidField(`${at}.subPathExpr`, subPathExpr, detail));
    }
    if (subPathExpr !== "") errors.push(...localPathErrors(subPathExpr, `${at}.subPathExpr`));
    return errors;
  });
}
