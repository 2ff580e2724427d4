/** What is created: Services with a node port, and slices of ten endpoints each. */

export const namespace = "bench";
export const servicesPath = `/api/v1/namespaces/${namespace}/services`;
export const slicesPath = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
const endpointsPerSlice = 10;

/** The ports of the default range are 2,768: most Services of a large cluster have a cluster address alone. */
const nodePortsAtMost = 2000;

export function serviceText(index: number): string {
  return JSON.stringify({
    metadata: { name: `web-${index}`, labels: { app: `web-${index}` } },
    spec: {
      type: index < nodePortsAtMost ? "NodePort" : "ClusterIP",
      selector: { app: `web-${index}` },
      ports: [{ name: "http", port: 80, targetPort: 8080 }],
    },
  });
}

export function sliceText(index: number): string {
  const address = (endpoint: number) => `10.${1 + (index >> 8)}.${index & 255}.${endpoint + 1}`;
  return JSON.stringify({
    metadata: { name: `web-${index}-abcde`, labels: { "kubernetes.io/service-name": `web-${index}` } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: endpointsPerSlice }, (_, endpoint) => ({
      addresses: [address(endpoint)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${endpoint}`,
      targetRef: { kind: "Pod", namespace, name: `web-${index}-${endpoint}` },
    })),
  });
}
