/** Validation of a Node (kubernetes/pkg/apis/core/validation ValidateNode, ValidateNodeUpdate). */
import { sameValue } from "../deep-equal.ts";
import {
  duplicateField,
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import type { Node, Taint } from "../node.ts";
import { parseQuantity } from "../quantity.ts";
import { cidrWarnings, validateLegacyCidr } from "../validation/addresses.ts";
import { parseCidr } from "../validation/ip.ts";
import { validateKindMetaUpdate, validateObjectMeta } from "../validation/object-meta.ts";
import { labelValueProblems, qualifiedNameProblems } from "../validation/syntax.ts";

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateNode({ spec, status }: Node): readonly FieldError[] {
  return [
    ...taintErrors(spec.taints ?? []),
    ...resourceErrors(status),
    ...podCidrErrors(spec.podCIDRs ?? []),
  ];
}

/** What a node has of things that can be counted (ValidateNodeResources). */
function resourceErrors(status: Node["status"] | undefined): readonly FieldError[] {
  return (["capacity", "allocatable"] as const).flatMap((member) =>
    Object.entries(status?.[member] ?? {}).flatMap(([name, quantity]) => {
      const field = `status.${member}.${name}`;
      const nanos = parseQuantity(quantity) ?? 0n;
      return [
        ...(nanos < 0n ? [invalidField(field, quantity, "must be greater than or equal to 0")] : []),
        ...(isWhole(name) && nanos % whole !== 0n
          ? [invalidField(field, quantity, "must be an integer")]
          : []),
      ];
    }),
  );
}

/** One, in billionths. */
const whole = 1_000_000_000n;

/** Pods, and what others than Kubernetes count. */
function isWhole(name: string): boolean {
  return name === "pods" || (name.includes("/") && !/^([^/]+\.)?kubernetes\.io\//.test(name));
}

/** NOTE: Kubernetes validates a node's taints twice on update, so each cause stands there twice. */
export function validateNodeUpdate(next: Node, old: Node): readonly FieldError[] {
  return [
    ...validateObjectMeta({ namespaced: false }, next),
    ...validateNode(next),
    ...validateNodeStatus(next, old),
  ];
}

/** What no write may do, of the status included. */
export function validateNodeStatus(next: Node, old: Node): readonly FieldError[] {
  const addresses = next.status?.addresses ?? [];
  return [
    ...validateKindMetaUpdate(next, old),
    ...addresses.flatMap((address, index) =>
      addresses.slice(0, index).some((earlier) => sameValue(earlier, address))
        ? [duplicateField(`status.addresses[${index}]`, { Type: address.type, Address: address.address })]
        : [],
    ),
    ...resourceErrors(next.status),
    ...changeErrors(next, old),
    ...taintErrors(next.spec.taints ?? []),
  ];
}

/** The pods' range and the provider's name are given once. */
function changeErrors({ spec: next }: Node, { spec: old }: Node): readonly FieldError[] {
  const errors: FieldError[] = [];
  const nextCidrs = next.podCIDRs ?? [];
  const oldCidrs = old.podCIDRs ?? [];
  const cidrFixed = forbiddenField(
    "spec.podCIDRs",
    'node updates may not change podCIDR except from "" to valid',
  );
  if (oldCidrs.length > 0 && oldCidrs.length !== nextCidrs.length) errors.push(cidrFixed);
  else errors.push(...oldCidrs.filter((cidr, index) => cidr !== nextCidrs[index]).map(() => cidrFixed));
  if (old.providerID && old.providerID !== next.providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    errors.push(forbiddenField("spec.providerID", detail));
  }
  return errors;
}

/** NOTE: Kubernetes names the field `metadata.taints`. */
function taintErrors(taints: readonly Taint[]): readonly FieldError[] {
  return taints.flatMap(({ key = "", value = "", effect, timeAdded }, index) => {
    const field = `metadata.taints[${index}]`;
    const errors = problemsField(`${field}.key`, key, qualifiedNameProblems(key));
    const problems = labelValueProblems(value);
    if (problems.length > 0) errors.push(invalidField(`${field}.value`, value, problems.join(";")));
    if (!effect) errors.push(requiredField(`${field}.effect`));
    else if (!effects.includes(effect)) errors.push(unsupportedField(`${field}.effect`, effect, effects));
    if (taints.slice(0, index).some((earlier) => earlier.key === key && earlier.effect === effect)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null };
      errors.push(duplicateField(field, shown, "taints must be unique by key and effect pair"));
    }
    return errors;
  });
}

/** Ranges that are valid but not written as they should be. */
export function nodeWarnings({ spec }: Node): readonly string[] {
  return (spec.podCIDRs ?? []).flatMap((cidr, index) => cidrWarnings(cidr, `spec.podCIDRs[${index}]`));
}

function podCidrErrors(cidrs: readonly string[]): readonly FieldError[] {
  const field = "spec.podCIDRs";
  const errors = cidrs.flatMap((cidr, index) => validateLegacyCidr(cidr, `${field}[${index}]`));
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.ip.family));
  if (cidrs.length < 2 || families.size === cidrs.length) return errors;
  return [...errors, invalidField(field, cidrs, "may specify no more than one CIDR for each IP family")];
}
