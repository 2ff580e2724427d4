/** What a write of a Pod keeps, and sets by itself (kubernetes/pkg/registry/core/pod/strategy.go). */
import { sameValue } from "../deep-equal.ts";
import type { Container, Pod, PodSpec, PodStatus } from "../pod.ts";
import { parseQuantity } from "../quantity.ts";
import { admitPodSpec, withDefaultTolerations } from "./pod-default.ts";

export function preparePodForCreate(pod: Pod): Pod {
  const spec = admitPodSpec(pod.spec);
  return { ...pod, metadata: { ...pod.metadata, generation: 1 }, spec, status: firstStatus(spec) };
}

function firstStatus(spec: PodSpec): PodStatus {
  const qosClass = qosClassOf(spec);
  if (!spec.schedulingGates?.length) return { phase: "Pending", qosClass };
  const gated = {
    type: "PodScheduled",
    status: "False" as const,
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  };
  return { phase: "Pending", conditions: [gated], qosClass };
}

export function preparePodForUpdate(next: Pod, old: Pod): Pod {
  const spec = { ...next.spec, tolerations: withDefaultTolerations(next.spec.tolerations ?? []) };
  const generation = old.metadata.generation ?? 0;
  const changed = !sameValue(spec, old.spec);
  return {
    ...next,
    metadata: { ...next.metadata, generation: changed ? generation + 1 : generation },
    spec,
    status: old.status,
  };
}

/** Kubelets write status; owners and the class of service are none of their business. */
export function preparePodStatus(next: Pod, old: Pod): Pod {
  const { ownerReferences: _, ...metadata } = next.metadata;
  const { ownerReferences } = old.metadata;
  const qosClass = next.status.qosClass || old.status.qosClass;
  return {
    ...next,
    metadata: { ...metadata, ...(ownerReferences ? { ownerReferences } : {}) },
    spec: old.spec,
    status: { ...next.status, ...(qosClass ? { qosClass } : {}) },
  };
}

const computed = ["cpu", "memory"];

/** Guaranteed: limits for all; BestEffort: nothing asked for; else Burstable (kubernetes/pkg/apis/core/helper/qos). */
function qosClassOf({ containers, initContainers = [] }: PodSpec): string {
  const all = [...containers, ...initContainers];
  const asksNothing = all.every(({ resources = {} }) =>
    computed.every((name) => isZero(resources.requests?.[name]) && isZero(resources.limits?.[name])),
  );
  if (asksNothing) return "BestEffort";
  return all.every(isGuaranteed) ? "Guaranteed" : "Burstable";
}

function isGuaranteed({ resources = {} }: Container): boolean {
  return computed.every((name) => {
    const limit = resources.limits?.[name];
    const request = resources.requests?.[name];
    return !isZero(limit) && (request === undefined || nanos(request) === nanos(limit));
  });
}

function isZero(quantity: string | undefined): boolean {
  return nanos(quantity) === 0n;
}

function nanos(quantity: string | undefined): bigint {
  return parseQuantity(quantity ?? "0") ?? 0n;
}
