/** Validation of where a pod wants to run: affinity and topology spread (kubernetes/pkg/apis/core/validation validateAffinity). */
import {
  duplicateField,
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import type {
  Affinity,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  TopologySpreadConstraint,
} from "../pod.ts";
import { validateLabelSelector } from "../validation/labels.ts";
import { qualifiedNameProblems } from "../validation/syntax.ts";

export function validateAffinity({ affinity }: PodSpec, field: string): readonly FieldError[] {
  if (!affinity) return [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  return [
    ...(nodeAffinity ? nodeErrors(nodeAffinity, `${field}.nodeAffinity`) : []),
    ...(podAffinity ? podErrors(podAffinity, `${field}.podAffinity`) : []),
    ...(podAntiAffinity ? podErrors(podAntiAffinity, `${field}.podAntiAffinity`) : []),
  ];
}

const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

function nodeErrors(affinity: NonNullable<Affinity["nodeAffinity"]>, field: string): readonly FieldError[] {
  const terms = affinity[required]?.nodeSelectorTerms ?? [];
  const at = `${field}.${required}.nodeSelectorTerms`;
  return [
    ...(affinity[required] && terms.length === 0
      ? [requiredField(at, "must have at least one node selector term")]
      : []),
    ...terms.flatMap((term, index) => termErrors(term, `${at}[${index}]`)),
    ...(affinity[preferred] ?? []).flatMap(({ weight = 0, preference }, index) => [
      ...weightErrors(weight, `${field}.${preferred}[${index}]`),
      ...termErrors(preference ?? {}, `${field}.${preferred}[${index}].preference`),
    ]),
  ];
}

function termErrors({ matchExpressions = [] }: NodeSelectorTerm, field: string): readonly FieldError[] {
  return matchExpressions.flatMap(({ key = "", operator = "", values = [] }, index) => {
    const at = `${field}.matchExpressions[${index}]`;
    return [
      ...operatorErrors(operator, values, at),
      ...problemsField(`${at}.key`, key, qualifiedNameProblems(key)),
    ];
  });
}

function operatorErrors(operator: string, values: readonly string[], field: string): readonly FieldError[] {
  const at = `${field}.values`;
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0
        ? []
        : [requiredField(at, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0
        ? []
        : [forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case "Gt":
    case "Lt":
      return values.length === 1
        ? []
        : [requiredField(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalidField(`${field}.operator`, operator, "not a valid selector operator")];
  }
}

function weightErrors(weight: number, field: string): readonly FieldError[] {
  if (weight > 0 && weight <= 100) return [];
  return [invalidField(`${field}.weight`, weight, "must be in the range 1-100")];
}

function podErrors(affinity: PodAffinity, field: string): readonly FieldError[] {
  return [
    ...(affinity[required] ?? []).flatMap((term, index) =>
      podTermErrors(term, `${field}.${required}[${index}]`),
    ),
    ...(affinity[preferred] ?? []).flatMap(({ weight = 0, podAffinityTerm }, index) => [
      ...weightErrors(weight, `${field}.${preferred}[${index}]`),
      ...podTermErrors(podAffinityTerm ?? {}, `${field}.${preferred}[${index}].podAffinityTerm`),
    ]),
  ];
}

function podTermErrors(
  { topologyKey = "", labelSelector }: PodAffinityTerm,
  field: string,
): readonly FieldError[] {
  const at = `${field}.topologyKey`;
  return [
    ...(labelSelector ? validateLabelSelector(labelSelector, `${field}.labelSelector`) : []),
    ...(topologyKey === "" ? [requiredField(at, "can not be empty")] : []),
    ...problemsField(at, topologyKey, qualifiedNameProblems(topologyKey)),
  ];
}

const spreadActions = ["DoNotSchedule", "ScheduleAnyway"];

export function validateTopologySpread(
  { topologySpreadConstraints: constraints = [] }: PodSpec,
  field: string,
): readonly FieldError[] {
  return constraints.flatMap((constraint, index) =>
    spreadErrors(constraint, `${field}[${index}]`, constraints, index),
  );
}

function spreadErrors(
  { maxSkew = 0, topologyKey = "", whenUnsatisfiable: action = "", labelSelector }: TopologySpreadConstraint,
  field: string,
  all: readonly TopologySpreadConstraint[],
  index: number,
): readonly FieldError[] {
  const isRepeated = all
    .slice(index + 1)
    .some((one) => one.topologyKey === topologyKey && one.whenUnsatisfiable === action);
  return [
    ...(maxSkew > 0 ? [] : [invalidField(`${field}.maxSkew`, maxSkew, "must be greater than zero")]),
    ...(topologyKey === ""
      ? [requiredField(`${field}.topologyKey`, "can not be empty")]
      : problemsField(`${field}.topologyKey`, topologyKey, qualifiedNameProblems(topologyKey))),
    ...(spreadActions.includes(action)
      ? []
      : [unsupportedField(`${field}.whenUnsatisfiable`, action, spreadActions)]),
    ...(isRepeated
      ? [duplicateField(`${field}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`)]
      : []),
    ...(labelSelector ? validateLabelSelector(labelSelector, `${field}.labelSelector`) : []),
  ];
}
