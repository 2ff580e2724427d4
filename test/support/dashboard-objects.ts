/** Objects for the dashboard to show: nodes, Services and EndpointSlices that nobody serves. */
import type { ApiProcess } from "./api-process.ts";

export interface ClusterSize {
  readonly nodes: number;
  readonly services: number;
  /** Of each Service. */
  readonly endpoints: number;
}

/** So many are created at a time. */
const parallel = 32;

export async function createCluster(
  api: Pick<ApiProcess, "call">,
  { nodes, services, endpoints }: ClusterSize,
): Promise<void> {
  await inParallel(nodes, (index) => createNode(api, index));
  await inParallel(services, async (index) => {
    await create(api, "/api/v1/namespaces/default/services", serviceObject(index));
    await create(
      api,
      "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
      sliceObject(index, { endpoints, nodes, generation: 0 }),
    );
  });
}

/** Replaces one endpoint of a Service by another pod's. `generation` tells the pods apart. */
export async function changeEndpoint(
  api: Pick<ApiProcess, "call">,
  index: number,
  generation: number,
  { nodes, endpoints }: ClusterSize,
): Promise<void> {
  const slice = sliceObject(index, { endpoints, nodes, generation });
  const path = `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/${serviceName(index)}`;
  const { status, body } = await api.call("PATCH", path, slice, "application/merge-patch+json");
  if (status !== 200) throw new Error(JSON.stringify(body));
}

export function serviceName(index: number): string {
  return `service-${String(index).padStart(4, "0")}`;
}

export function nodeName(index: number): string {
  return `node-${index + 1}`;
}

async function createNode(api: Pick<ApiProcess, "call">, index: number): Promise<void> {
  const name = nodeName(index);
  const address = `192.0.${2 + Math.floor(index / 250)}.${1 + (index % 250)}`;
  await create(api, "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name } });
  const status = {
    addresses: [{ type: "InternalIP", address }],
    conditions: [{ type: "Ready", status: "True" }],
  };
  const path = `/api/v1/nodes/${name}/status`;
  const answer = await api.call("PATCH", path, { status }, "application/merge-patch+json");
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}

function serviceObject(index: number): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: serviceName(index) },
    spec: { type: index % 2 === 0 ? "NodePort" : "ClusterIP", ports: [{ port: 80, targetPort: 8080 }] },
  };
}

interface SliceShape {
  readonly endpoints: number;
  readonly nodes: number;
  readonly generation: number;
}

/** With each generation the next endpoint is another pod, and now and then one is not ready. */
function sliceObject(index: number, { endpoints, nodes, generation }: SliceShape): object {
  const name = serviceName(index);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: endpoints }, (_, place) => {
      const round = Math.floor((generation + endpoints - 1 - place) / endpoints);
      const number = index * endpoints + place;
      const address = `10.${Math.floor(number / 65_536) + 16 * (round % 10)}.${Math.floor(number / 256) % 256}.${number % 256}`;
      const pod = `${name}-${(number * 7919 + round * 104_729).toString(36)}`;
      return {
        addresses: [address],
        conditions: { ready: generation === 0 ? index % 97 !== 5 || place > 0 : (number + round) % 11 !== 0 },
        nodeName: nodeName((number * 31 + round) % nodes),
        targetRef: { kind: "Pod", namespace: "default", name: pod, uid: pod },
      };
    }),
  };
}

async function create(api: Pick<ApiProcess, "call">, path: string, object: object): Promise<void> {
  const { status, body } = await api.call("POST", path, object);
  if (status !== 201) throw new Error(JSON.stringify(body));
}

async function inParallel(count: number, run: (index: number) => Promise<void>): Promise<void> {
  const waiting = Array.from({ length: count }, (_, index) => index).values();
  const next = async () => {
    for (const index of waiting) await run(index);
  };
  await Promise.all(Array.from({ length: parallel }, next));
}
