/** Defaults of a Pod (SetDefaults_Pod), and what admission adds to a new one. */

import type { Container, Pod, PodSpec, PodStatus, ResourceList, Toleration } from "../pod.ts";
import { priorityOf } from "./pod-admission.ts";
import { defaultPodSpec } from "./pod-template-default.ts";

export function defaultPod(pod: Pod): Pod {
  const spec = defaultPodSpec(pod.spec ?? { containers: [] });
  const complete = (container: Container) => withHostPorts(withRequests(container), spec);
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(complete),
      ...(spec.initContainers ? { initContainers: spec.initContainers.map(complete) } : {}),
      enableServiceLinks: spec.enableServiceLinks ?? true,
    },
    status: defaultPodStatus(pod.status ?? {}),
  };
}

/** What is limited and not requested is requested up to its limit. */
function withRequests(container: Container): Container {
  const { limits, requests } = container.resources ?? {};
  if (!limits) return container;
  const completed: ResourceList = { ...limits, ...requests };
  return { ...container, resources: { ...container.resources, requests: completed } };
}

/** On the host's network every container port is a host port. */
function withHostPorts(container: Container, { hostNetwork }: PodSpec): Container {
  if (!hostNetwork || !container.ports) return container;
  const ports = container.ports.map((port) => ({ ...port, hostPort: port.hostPort || port.containerPort }));
  return { ...container, ports };
}

/** `podIP` and the first of `podIPs` are one; where they differ, `podIP` is right. */
function defaultPodStatus(status: PodStatus): PodStatus {
  const { podIP, podIPs = [] } = status;
  const first = podIPs[0]?.ip;
  if (podIP && podIP !== first) return { ...status, podIPs: [{ ip: podIP }] };
  return first && !podIP ? { ...status, podIP: first } : status;
}

/** What kube-apiserver's default admission plugins do: ServiceAccount's name, Priority, DefaultTolerationSeconds. */
export function admitPodSpec(spec: PodSpec): PodSpec {
  const account = spec.serviceAccountName || "default";
  return {
    ...spec,
    serviceAccountName: account,
    serviceAccount: account,
    tolerations: withDefaultTolerations(spec.tolerations ?? []),
    priority: priorityOf(spec.priorityClassName ?? "") ?? 0,
    preemptionPolicy: spec.preemptionPolicy || "PreemptLowerPriority",
  };
}

const defaultTolerationSeconds = 300;

/** A pod stays for five minutes on a node that is not ready or cannot be reached, if it does not say otherwise. */
export function withDefaultTolerations(tolerations: readonly Toleration[]): readonly Toleration[] {
  const added = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
    .filter(
      (taint) =>
        !tolerations.some(
          ({ key, effect }) => (!key || key === taint) && (!effect || effect === "NoExecute"),
        ),
    )
    .map((key) => ({
      key,
      operator: "Exists" as const,
      effect: "NoExecute",
      tolerationSeconds: defaultTolerationSeconds,
    }));
  return [...tolerations, ...added];
}
