/** Checks of what a Service's policies leave out. */
import { type Check, serviceCheck } from "../check.ts";
import { listed, type ServiceFacts } from "../service-facts.ts";

export const policyChecks: readonly Check[] = [
  serviceCheck({
    id: "external-local-without-endpoint",
    severity: "warning",
    title: "externalTrafficPolicy Local: some nodes have no endpoint and drop",
    explanation: `With externalTrafficPolicy Local a node leads outside traffic to its own pods only, and keeps the client's address. A node without a ready pod of the Service drops such traffic: clients that ask this node time out.

That is right behind a load balancer that asks the Service's healthCheckNodePort, or the NodePort itself. Without one, ask only nodes that have pods, run a pod on every node (a DaemonSet), or set externalTrafficPolicy: Cluster and lose the client's address.`,
    find: ({ service, nodePorts, endpoints }, { objects }) => {
      if (service.spec.externalTrafficPolicy !== "Local" || nodePorts.length === 0) return undefined;
      const serving = new Set(readyNodes(endpoints));
      if (serving.size === 0) return undefined;
      const without = objects.nodes.map(({ metadata }) => metadata.name).filter((name) => !serving.has(name));
      if (without.length === 0) return undefined;
      return {
        evidence: `${without.length} of ${objects.nodes.length} nodes have no ready endpoint: ${listed(without)}`,
        advice: `Send clients to ${listed([...serving])}, run a pod on every node, or set externalTrafficPolicy: Cluster`,
      };
    },
  }),
  serviceCheck({
    id: "internal-local-without-endpoint",
    severity: "warning",
    title: "internalTrafficPolicy Local: pods on some nodes cannot reach it",
    explanation: `With internalTrafficPolicy Local a pod that asks the cluster address is led to endpoints on its own node only. Pods on nodes without one get no answer. NodePorts are not concerned.

It is meant for agents that run on every node (a DaemonSet). Otherwise leave the field at Cluster, and set trafficDistribution: PreferSameNode if near endpoints are wanted.`,
    find: ({ service, endpoints }, { objects }) => {
      if (service.spec.internalTrafficPolicy !== "Local") return undefined;
      const serving = new Set(readyNodes(endpoints));
      const without = objects.nodes.map(({ metadata }) => metadata.name).filter((name) => !serving.has(name));
      if (serving.size === 0 || without.length === 0) return undefined;
      return {
        evidence: `${without.length} of ${objects.nodes.length} nodes have no ready endpoint: ${listed(without)}`,
        advice: "Run a pod on every node, or set internalTrafficPolicy: Cluster",
      };
    },
  }),
  serviceCheck({
    id: "topology-hints-ignored",
    severity: "info",
    title: "Topology hints are not followed, because not all endpoints have them",
    explanation: `Hints (trafficDistribution, topology-mode) are followed only if every ready endpoint has one: a zone that was forgotten must not lose its traffic. Some endpoints of this Service have none, so traffic goes to all of them.

Endpoints have no zone where their node lacks the label topology.kubernetes.io/zone.`,
    find: ({ endpoints }) => {
      const ready = endpoints.filter(({ conditions }) => conditions?.ready ?? true);
      const hinted = ready.filter(({ hints }) => (hints?.forZones ?? []).length > 0);
      if (hinted.length === 0 || hinted.length === ready.length) return undefined;
      return {
        evidence: `${ready.length - hinted.length} of ${ready.length} ready endpoints have no zone hint`,
        advice: "Label all nodes with topology.kubernetes.io/zone",
      };
    },
  }),
  serviceCheck({
    id: "source-ranges-without-load-balancer",
    severity: "warning",
    title: "loadBalancerSourceRanges do not protect the NodePort",
    explanation: `loadBalancerSourceRanges filter what comes to the Service's load-balancer addresses. They have no effect on other types of Service, and never on NodePorts: whoever reaches a node reaches the port.

Use a NetworkPolicy (with externalTrafficPolicy Local, so that pods see the client's address) or the nodes' firewall.`,
    find: ({ service, nodePorts }) => {
      const ranges = service.spec.loadBalancerSourceRanges ?? [];
      if (ranges.length === 0 || nodePorts.length === 0) return undefined;
      return {
        evidence: `Clients outside ${listed(ranges)} are let in at NodePort ${nodePorts.join(", ")} of every node`,
        advice:
          service.spec.type === "LoadBalancer"
            ? "Set allocateLoadBalancerNodePorts: false if the balancer needs none, or close the port by a firewall"
            : "Use a NetworkPolicy or the nodes' firewall",
      };
    },
  }),
];

function readyNodes(endpoints: ServiceFacts["endpoints"]): readonly string[] {
  return endpoints.flatMap(({ conditions, nodeName }) =>
    (conditions?.ready ?? true) && nodeName !== undefined ? [nodeName] : [],
  );
}
