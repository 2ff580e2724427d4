/** Checks of the numbers that NodePorts have. */

import type { Pod } from "../../../api/pod.ts";
import { isHandedOut } from "../../../api/proxy-report/host-facts.ts";
import type { Service } from "../../../api/service.ts";
import { type Check, serviceCheck } from "../check.ts";
import { listed, nodePortsOf, podKey } from "../service-facts.ts";

/** net.ipv4.ip_local_port_range as Linux sets it. */
const ephemeral = { first: 32_768, last: 60_999 };

export const nodePortChecks: readonly Check[] = [
  serviceCheck({
    id: "node-port-missing",
    severity: "warning",
    title: "A port has no NodePort",
    causes: ["load-balancer-port-error", "load-balancer-pending"],
    explanation: `allocateLoadBalancerNodePorts: false keeps the API from giving out NodePorts. The load balancer must then lead traffic to the pods by itself; one that asks nodes finds no port to ask.`,
    find: ({ service }) => {
      const { type, ports = [], allocateLoadBalancerNodePorts } = service.spec;
      if (type !== "NodePort" && type !== "LoadBalancer") return undefined;
      const without = ports.filter(({ nodePort }) => !nodePort);
      if (without.length === 0) return undefined;
      return {
        evidence: `Port ${without.map(({ port }) => port).join(", ")} has none${allocateLoadBalancerNodePorts === false ? ": allocateLoadBalancerNodePorts is false" : ""}`,
        advice:
          "Set allocateLoadBalancerNodePorts: true, or write a nodePort, unless the load balancer needs none",
      };
    },
  }),
  {
    id: "node-port-duplicate",
    severity: "error",
    title: "Two Services have the same NodePort",
    explanation: `A node port belongs to one Service. The API server never gives one out twice; two stored Services may still have the same after a restore, or after the ranges of two servers overlapped. Proxies serve the older Service and leave the other one out.

Remove the nodePort from the younger Service, so that it gets another one.`,
    causes: ["address-taken", "not-programmed"],
    find: ({ services, objects }) => {
      const holders = oldestByNodePort(objects.services);
      return services.flatMap(({ key, nodePorts }) => {
        const lost = nodePorts.find((port) => holders.get(port) !== key);
        if (lost === undefined) return [];
        return [
          {
            object: `Service ${key}`,
            evidence: `NodePort ${lost} is also that of Service ${holders.get(lost)}, which is older`,
            advice: "Remove this Service's nodePort, so that another one is given out",
          },
        ];
      });
    },
  },
  serviceCheck({
    id: "node-port-ephemeral",
    severity: "warning",
    title: "The NodePort is one that nodes give to outgoing connections",
    explanation: `Linux takes the source ports of outgoing connections from net.ipv4.ip_local_port_range, 32768 to 60999 if nobody changed it. A NodePort among them collides now and then: the kernel leads answers to the NodePort's Service instead of the program that waits for them.

Keep --service-node-port-range outside of the range, or reserve the ports on every node: sysctl net.ipv4.ip_local_reserved_ports.`,
    find: ({ nodePorts }, { hosts }) => {
      const told = hosts.filter(({ host }) => host.localPorts);
      const inside = nodePorts.filter((port) =>
        told.length === 0
          ? port >= ephemeral.first && port <= ephemeral.last
          : told.some(({ host }) => isHandedOut(port, host)),
      );
      if (inside.length === 0) return undefined;
      const where = told
        .filter(({ host }) => inside.some((port) => isHandedOut(port, host)))
        .map(({ node, host }) => `${host.localPorts?.join("-")} of ${node}`);
      return {
        evidence: `${inside.join(", ")} lies in ${where.join(", ") || `${ephemeral.first}-${ephemeral.last}`}`,
        advice: `Use another port, or reserve it on every node: sysctl -w net.ipv4.ip_local_reserved_ports=${inside.join(",")}`,
      };
    },
  }),
  serviceCheck({
    id: "node-port-out-of-range",
    severity: "warning",
    title: "The NodePort lies outside of the API server's range",
    explanation: `The range was changed (--service-node-port-range) after the Service got its port. It keeps working, but a Service that is deleted and created again is refused, and the API server tells so by an Event every few minutes.`,
    find: ({ service, nodePorts }, { events }) => {
      const told = events.find(
        ({ reason, involvedObject }) =>
          reason === "PortOutOfRange" &&
          involvedObject.kind === "Service" &&
          involvedObject.namespace === service.metadata.namespace &&
          involvedObject.name === service.metadata.name,
      );
      if (!told || nodePorts.length === 0) return undefined;
      return {
        evidence: told.message ?? `NodePort ${nodePorts.join(", ")} is outside of the range`,
        advice: "Remove the nodePort, so that one of the range is given out, or widen the range again",
      };
    },
  }),
  serviceCheck({
    id: "host-port-conflict",
    severity: "error",
    title: "A pod has the NodePort as its own port on a node",
    explanation: `A pod with a hostPort, or one in the node's network (hostNetwork), listens on the number that is the Service's NodePort. On that node one of the two is shadowed: kernel proxies catch the packets before they reach the pod, and a proxy that must bind the port cannot.`,
    find: ({ nodePorts }, { objects }) => {
      const holders = objects.pods.flatMap((pod) =>
        hostPortsOf(pod).flatMap((port) => (nodePorts.includes(port) ? [{ pod, port }] : [])),
      );
      if (holders.length === 0) return undefined;
      const texts = holders.map(
        ({ pod, port }) => `${podKey(pod)} (${port} on ${pod.spec.nodeName ?? "no node yet"})`,
      );
      return {
        evidence: `The port is also that of pod ${listed(texts)}`,
        advice: "Give the pod another hostPort, or the Service another nodePort",
      };
    },
  }),
];

function hostPortsOf({ spec }: Pod): readonly number[] {
  return spec.containers
    .flatMap(({ ports }) => ports ?? [])
    .flatMap(({ hostPort, containerPort }) => hostPort ?? (spec.hostNetwork ? containerPort : []));
}

/** Keys of the Services that have each port. What was created in one second is told apart by name, as the proxies do. */
function oldestByNodePort(services: readonly Service[]): ReadonlyMap<number, string> {
  const holders = new Map<number, { readonly key: string; readonly age: string }>();
  for (const service of services) {
    const { namespace, name, creationTimestamp } = service.metadata;
    const key = `${namespace}/${name}`;
    const age = `${creationTimestamp} ${key}`;
    for (const port of nodePortsOf(service)) {
      const holder = holders.get(port);
      if (!holder || age < holder.age) holders.set(port, { key, age });
    }
  }
  return new Map([...holders].map(([port, { key }]) => [port, key]));
}
