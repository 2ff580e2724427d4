/** A cluster of forwarding's small world, as the API would list it. */
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import {
  addressOf,
  type EndpointSketch,
  families,
  makeService,
  makeSlices,
  nodeView,
  type ServiceChange,
} from "../../forwarding/testing/world.ts";
import type { ClusterObjects } from "../cluster-objects.ts";

/** Three nodes, the Service default/demo-service, and a running pod for each endpoint. */
export function smallCluster(
  endpoints: readonly (string | EndpointSketch)[],
  service: ServiceChange = {},
): ClusterObjects {
  const names = endpoints.map((endpoint) => (typeof endpoint === "string" ? endpoint : endpoint.pod));
  return {
    nodes: ["node-a", "node-b", "node-c"].map(nodeObject),
    services: [makeService("demo-service", service)],
    endpointSlices: makeSlices(endpoints),
    pods: [...new Set(names)].map(podObject),
  };
}

const creationTimestamp = "2026-01-01T00:00:00Z";

function nodeObject(name: string): Node {
  const { addresses, labels, podCIDRs } = nodeView(name);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, uid: name, resourceVersion: "1", creationTimestamp, labels },
    spec: { podCIDRs },
    status: {
      addresses: addresses.map((address) => ({ type: "InternalIP" as const, address })),
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
}

function podObject(pod: string): Pod {
  const ips = families.map((family) => ({ ip: addressOf(family, `pod-${pod}`) }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${pod}`, namespace: "default", uid: pod, resourceVersion: "1", creationTimestamp },
    spec: { containers: [], nodeName: `node-${pod[0]}` },
    status: { phase: "Running", podIP: ips[0]?.ip ?? "", podIPs: ips },
  };
}
