/** Validation of what a pod shares with its host and of its names: DNS, host aliases, users (kubernetes/pkg/apis/core/validation). */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import type { Container, PodSpec } from "../pod.ts";
import { validateLegacyIp } from "../validation/addresses.ts";
import { dnsSubdomainProblems } from "../validation/syntax.ts";

const maxNameservers = 3;

export function validateDns({ dnsConfig, dnsPolicy }: PodSpec, field: string): readonly FieldError[] {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (dnsPolicy === "None" && !dnsConfig) {
    return [requiredField(field, "must provide `dnsConfig` when `dnsPolicy` is None")];
  }
  if (dnsPolicy === "None" && nameservers.length === 0) {
    const detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
    return [requiredField(`${field}.nameservers`, detail)];
  }
  const at = `${field}.nameservers`;
  const tooMany = `must not have more than ${maxNameservers} nameservers`;
  return [
    ...(nameservers.length > maxNameservers ? [invalidField(at, nameservers, tooMany)] : []),
    ...nameservers.flatMap((ip, index) => validateLegacyIp(ip, `${at}[${index}]`)),
    ...searches.flatMap((search, index) => searchErrors(search, `${field}.searches[${index}]`)),
    ...options.flatMap(({ name }, index) =>
      name ? [] : [requiredField(`${field}.options[${index}]`, "must not be empty")],
    ),
  ];
}

/** A search path may have underscores, which names of hosts may not, and a dot at its end. */
function searchErrors(search: string, field: string): readonly FieldError[] {
  if (search === ".") return [];
  const text = search.replace(/\.$/, "");
  return dnsSubdomainProblems(text.replaceAll("_", "-").replace(/(^|\.)-|-(?=\.|$)/g, "$1a")).length === 0
    ? []
    : problemsField(field, text, dnsSubdomainProblems(text));
}

export function validateHostAliases({ hostAliases = [] }: PodSpec, field: string): readonly FieldError[] {
  return hostAliases.flatMap(({ ip = "", hostnames = [] }, index) => [
    ...validateLegacyIp(ip, `${field}[${index}].ip`),
    ...hostnames.flatMap((name) =>
      problemsField(`${field}[${index}].hostnames`, name, dnsSubdomainProblems(name)),
    ),
  ]);
}

const maxId = 2 ** 31 - 1;

function idErrors(id: number | undefined, field: string): readonly FieldError[] {
  if (id === undefined || (id >= 0 && id <= maxId)) return [];
  return [invalidField(field, id, `must be between 0 and ${maxId}, inclusive`)];
}

export function validatePodSecurity(spec: PodSpec, field: string): readonly FieldError[] {
  const context = spec.securityContext ?? {};
  const at = `${field}.securityContext`;
  return [
    ...idErrors(context.fsGroup, `${at}.fsGroup`),
    ...idErrors(context.runAsUser, `${at}.runAsUser`),
    ...idErrors(context.runAsGroup, `${at}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((id, index) =>
      idErrors(id, `${at}.supplementalGroups[${index}]`),
    ),
    ...(spec.shareProcessNamespace && spec.hostPID
      ? [
          invalidField(
            `${field}.shareProcessNamespace`,
            true,
            "ShareProcessNamespace and HostPID cannot both be enabled",
          ),
        ]
      : []),
  ];
}

export function validateContainerSecurity(
  { securityContext: context }: Container,
  field: string,
): readonly FieldError[] {
  if (!context) return [];
  return [
    ...idErrors(context.runAsUser, `${field}.runAsUser`),
    ...idErrors(context.runAsGroup, `${field}.runAsGroup`),
  ];
}

const systems = ["linux", "windows"];

export function validateSystem(
  { os, preemptionPolicy: policy }: PodSpec,
  field: string,
): readonly FieldError[] {
  const name = os?.name ?? "";
  return [
    ...(policy === undefined || policy === "Never" || policy === "PreemptLowerPriority"
      ? []
      : [unsupportedField(`${field}.preemptionPolicy`, policy, ["Never", "PreemptLowerPriority"])]),
    ...(os && name === "" ? [requiredField(`${field}.os.name`, "cannot be empty")] : []),
    ...(os && name !== "" && !systems.includes(name)
      ? [unsupportedField(`${field}.os.name`, name, systems)]
      : []),
  ];
}

/** What only a new pod may not have (ValidatePodCreate). */
export function validateNewPod({
  ephemeralContainers = [],
  nodeName,
  schedulingGates = [],
}: PodSpec): readonly FieldError[] {
  return [
    ...(ephemeralContainers.length > 0
      ? [forbiddenField("spec.ephemeralContainers", "cannot be set on create")]
      : []),
    ...(nodeName && schedulingGates.length > 0
      ? [forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared")]
      : []),
  ];
}
