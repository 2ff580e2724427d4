/** Validation of a write of a pod's status (kubernetes/pkg/apis/core/validation ValidatePodStatusUpdate). */
import { type FieldError, forbiddenField, invalidField, problemsField } from "../field-error.ts";
import type { ContainerStatus, Pod, PodStatus } from "../pod.ts";
import { validateLegacyIp } from "../validation/addresses.ts";
import { parseIp } from "../validation/ip.ts";
import { validateKindMetaUpdate } from "../validation/object-meta.ts";
import { dnsSubdomainProblems, qualifiedNameProblems } from "../validation/syntax.ts";

export function validatePodStatus(next: Pod, old: Pod): readonly FieldError[] {
  return [
    ...validateKindMetaUpdate(next, old),
    ...conditionErrors(next.status),
    ...nominationErrors(next.status, old.status),
    ...(next.status.qosClass === old.status.qosClass
      ? []
      : [invalidField("status.qosClass", next.status.qosClass, "field is immutable")]),
    ...(["containerStatuses", "initContainerStatuses"] as const).flatMap((member) =>
      transitionErrors(next.status[member] ?? [], old.status[member] ?? [], `status.${member}`, old),
    ),
    ...podIpErrors(next.status, old.status),
    ...hostIpErrors(next.status),
  ];
}

/** NOTE: Kubernetes names the field so. */
function conditionErrors({ conditions = [] }: PodStatus): readonly FieldError[] {
  return conditions.flatMap(({ type = "" }, index) =>
    problemsField(`metadata.conditions[${index}].Type`, type, qualifiedNameProblems(type)),
  );
}

function nominationErrors(
  { nominatedNodeName: next = "" }: PodStatus,
  old: PodStatus,
): readonly FieldError[] {
  if (next === "" || next === old.nominatedNodeName) return [];
  return problemsField("status.nominatedNodeName", next, dnsSubdomainProblems(next));
}

/** What has ended for good stays so. */
function transitionErrors(
  next: readonly ContainerStatus[],
  old: readonly ContainerStatus[],
  field: string,
  { spec: { restartPolicy, initContainers = [] } }: Pod,
): readonly FieldError[] {
  if (restartPolicy === "Always") return [];
  return old.flatMap(({ name, state }, index) => {
    const ended = state?.terminated;
    const isSidecar = initContainers.some((one) => one.name === name && one.restartPolicy === "Always");
    if (!ended || isSidecar || (ended.exitCode !== 0 && restartPolicy === "OnFailure")) return [];
    const lives = next.some((one) => one.name === name && !one.state?.terminated);
    const detail = "may not be transitioned to non-terminated state";
    return lives ? [forbiddenField(`${field}[${index}].state`, detail)] : [];
  });
}

function podIpErrors(next: PodStatus, old: PodStatus): readonly FieldError[] {
  const ips = (next.podIPs ?? []).map(({ ip = "" }) => ip);
  const kept = (old.podIPs ?? []).map(({ ip }) => ip);
  return [
    ...ips.flatMap((ip, index) => validateLegacyIp(ip, `status.podIPs[${index}]`, kept)),
    ...familyErrors(ips, "status.podIPs", next.podIPs),
  ];
}

function hostIpErrors({ hostIP = "", hostIPs = [] }: PodStatus): readonly FieldError[] {
  const ips = hostIPs.map(({ ip = "" }) => ip);
  const [first = hostIP] = ips;
  return [
    ...(first === hostIP ? [] : [invalidField("status.hostIPs[0].ip", first, "must be equal to `hostIP`")]),
    ...ips.flatMap((ip, index) => validateLegacyIp(ip, `status.hostIPs[${index}]`)),
    ...familyErrors(ips, "status.hostIPs", hostIPs),
  ];
}

function familyErrors(ips: readonly string[], field: string, shown: unknown): readonly FieldError[] {
  const families = ips.map((ip) => parseIp(ip)?.family);
  if (new Set(families).size === families.length) return [];
  return [invalidField(field, shown ?? null, "may specify no more than one IP for each IP family")];
}
