/** Checks of what a Service's ports lead to. */
import type { Pod } from "../../../api/pod.ts";
import type { Service } from "../../../api/service.ts";
import { type Check, serviceCheck } from "../check.ts";
import { listed, podKey } from "../service-facts.ts";

export const targetPortChecks: readonly Check[] = [
  serviceCheck({
    id: "target-port-name-missing",
    severity: "error",
    title: "No container has a port of the name that targetPort asks for",
    explanation: `A targetPort that is a name stands for the containerPort of that name, pod by pod. Pods without such a port are no endpoints for it, however ready they are. Name and protocol must be the same on both sides.

Name the container's port (spec.containers[].ports[].name), or write the number into targetPort.`,
    find: ({ service, pods }) => {
      for (const { targetPort, protocol } of service.spec.ports ?? []) {
        if (typeof targetPort !== "string" || /^\d+$/.test(targetPort)) continue;
        const without = pods.filter((pod) => !hasPort(pod, targetPort, protocol ?? "TCP"));
        if (without.length === 0) continue;
        const names = [...new Set(without.flatMap(portNames))];
        return {
          evidence: `targetPort "${targetPort}" (${protocol ?? "TCP"}) is no port of ${listed(without.map(podKey))}, whose ports are ${names.join(", ") || "none"}`,
          advice: "Name the container's port so, or write its number into targetPort",
        };
      }
      return undefined;
    },
  }),
  serviceCheck({
    id: "target-port-undeclared",
    severity: "info",
    title: "No container declares the port that targetPort asks for",
    explanation: `A containerPort is information only: a pod may listen on ports that it does not declare, and then all is well. But where pods declare ports and targetPort is none of them, one of the two is often a slip, and clients are refused by the pod itself.`,
    find: ({ service, pods }) => {
      for (const { targetPort, port } of service.spec.ports ?? []) {
        const wanted = Number(targetPort ?? port);
        if (Number.isNaN(wanted)) continue;
        const declared = new Set(pods.flatMap(containerPorts).map(({ containerPort }) => containerPort));
        if (declared.size === 0 || declared.has(wanted)) continue;
        return {
          evidence: `targetPort is ${wanted}, its pods declare ${[...declared].join(", ")}`,
          advice: `Set targetPort to the port that the containers listen on, or declare ${wanted} if it is the right one`,
        };
      }
      return undefined;
    },
  }),
];

/** Whether the pod has a port for each targetPort of the Service that is a name: else it is no endpoint for that port. */
export function hasNamedPorts(pod: Pod, service: Service): boolean {
  return (service.spec.ports ?? []).every(
    ({ targetPort, protocol }) =>
      typeof targetPort !== "string" ||
      /^\d+$/.test(targetPort) ||
      hasPort(pod, targetPort, protocol ?? "TCP"),
  );
}

function containerPorts({ spec }: Pod) {
  return [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ ports }) => ports ?? []);
}

function hasPort(pod: Pod, name: string, protocol: string): boolean {
  return containerPorts(pod).some((port) => port.name === name && (port.protocol ?? "TCP") === protocol);
}

function portNames(pod: Pod): readonly string[] {
  return containerPorts(pod).map(({ name, containerPort }) =>
    name ? `${name} (${containerPort})` : `${containerPort}`,
  );
}
