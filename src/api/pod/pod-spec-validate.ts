/** Validation of a pod's spec, also inside a template (kubernetes/pkg/apis/core/validation ValidatePodSpec). */
import {
  duplicateField,
  type FieldError,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import type { PodSpec, PodTemplateSpec, Toleration } from "../pod.ts";
import { validateAnnotations, validateLabels } from "../validation/labels.ts";
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
} from "../validation/syntax.ts";
import { validateContainers } from "./container-validate.ts";
import { validateDns, validateHostAliases, validatePodSecurity, validateSystem } from "./host-validate.ts";
import { validateAffinity, validateTopologySpread } from "./placement-validate.ts";
import { validateVolumes } from "./volume-validate.ts";

const restartPolicies = ["Always", "OnFailure", "Never"];
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const maxInt32 = 2 ** 31 - 1;

export function validatePodTemplate(
  { metadata, spec }: PodTemplateSpec,
  field: string,
): readonly FieldError[] {
  return [
    ...validateLabels(metadata?.labels, `${field}.labels`),
    ...validateAnnotations(metadata?.annotations, `${field}.annotations`),
    ...validatePodSpec(spec, `${field}.spec`),
  ];
}

export function validatePodSpec(spec: PodSpec, field: string): readonly FieldError[] {
  const { restartPolicy = "", dnsPolicy = "", activeDeadlineSeconds: deadline } = spec;
  return [
    ...validateVolumes(spec, `${field}.volumes`),
    ...validateContainers(spec, field),
    ...hostNetworkErrors(spec, `${field}.containers`),
    ...choiceErrors(restartPolicy, restartPolicies, `${field}.restartPolicy`),
    ...choiceErrors(dnsPolicy, dnsPolicies, `${field}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validatePodSecurity(spec, field),
    ...validateAffinity(spec, `${field}.affinity`),
    ...validateDns(spec, `${field}.dnsConfig`),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = "" }, index) =>
      problemsField(
        `${field}.readinessGates[${index}].conditionType`,
        conditionType,
        qualifiedNameProblems(conditionType),
      ),
    ),
    ...gateErrors(spec, `${field}.schedulingGates`),
    ...validateTopologySpread(spec, `${field}.topologySpreadConstraints`),
    ...nameErrors(spec.serviceAccountName, dnsSubdomainProblems, `${field}.serviceAccountName`),
    ...nameErrors(spec.nodeName, dnsSubdomainProblems, `${field}.nodeName`),
    ...(deadline !== undefined && (deadline < 1 || deadline > maxInt32)
      ? [
          invalidField(
            `${field}.activeDeadlineSeconds`,
            deadline,
            `must be between 1 and ${maxInt32}, inclusive`,
          ),
        ]
      : []),
    ...nameErrors(spec.hostname, dnsLabelProblems, `${field}.hostname`),
    ...nameErrors(spec.subdomain, dnsLabelProblems, `${field}.subdomain`),
    ...(spec.tolerations ?? []).flatMap((toleration, index) =>
      tolerationErrors(toleration, `${field}.tolerations[${index}]`),
    ),
    ...validateHostAliases(spec, `${field}.hostAliases`),
    ...nameErrors(spec.priorityClassName, dnsSubdomainProblems, `${field}.priorityClassName`),
    ...nameErrors(spec.runtimeClassName, dnsSubdomainProblems, `${field}.runtimeClassName`),
    ...validateSystem(spec, field),
  ];
}

/** On the host's network a container's port is the host's. A template may leave host ports to its pods' defaults. */
function hostNetworkErrors({ hostNetwork, containers }: PodSpec, field: string): readonly FieldError[] {
  if (!hostNetwork) return [];
  const detail = "must match `containerPort` when `hostNetwork` is true";
  return containers.flatMap(({ ports = [] }, index) =>
    ports.flatMap(({ hostPort = 0, containerPort }, portIndex) =>
      hostPort === 0 || hostPort === containerPort
        ? []
        : [invalidField(`${field}[${index}].ports[${portIndex}].hostPort`, hostPort, detail)],
    ),
  );
}

function gateErrors({ schedulingGates = [] }: PodSpec, field: string): readonly FieldError[] {
  const names = schedulingGates.map(({ name = "" }) => name);
  return names.flatMap((name, index) => [
    ...problemsField(`${field}[${index}]`, name, qualifiedNameProblems(name)),
    ...(names.indexOf(name) < index ? [duplicateField(`${field}[${index}]`, name)] : []),
  ]);
}

function choiceErrors(value: string, choices: readonly string[], field: string): readonly FieldError[] {
  if (value === "") return [requiredField(field)];
  return choices.includes(value) ? [] : [unsupportedField(field, value, choices)];
}

function nameErrors(
  name: string | undefined,
  problems: (name: string) => readonly string[],
  field: string,
): readonly FieldError[] {
  return name ? problemsField(field, name, problems(name)) : [];
}

function tolerationErrors(toleration: Toleration, field: string): readonly FieldError[] {
  const { key = "", operator = "", value = "", effect = "", tolerationSeconds } = toleration;
  const errors = key === "" ? [] : problemsField(`${field}.key`, key, qualifiedNameProblems(key));
  if (key === "" && operator !== "Exists") {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalidField(`${field}.operator`, operator, detail));
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalidField(`${field}.effect`, effect, detail));
  }
  if (operator === "" || operator === "Equal") {
    const problems = labelValueProblems(value);
    if (problems.length > 0) errors.push(invalidField(`${field}.operator`, value, problems.join(";")));
  } else if (operator !== "Exists") {
    errors.push(unsupportedField(`${field}.operator`, operator, ["Equal", "Exists"]));
  } else if (value !== "") {
    const shown = {
      ...{ Key: key, Operator: operator, Value: value, Effect: effect },
      TolerationSeconds: tolerationSeconds ?? null,
    };
    errors.push(invalidField(`${field}.operator`, shown, "value must be empty when `operator` is 'Exists'"));
  }
  if (effect !== "" && !effects.includes(effect)) {
    errors.push(unsupportedField(`${field}.effect`, effect, effects));
  }
  return errors;
}
