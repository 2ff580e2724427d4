/** A real API server in a directory of its own, and what tests put into it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EndpointSlice, SliceEndpoint } from "../../api/endpoint-slice.ts";
import type { Node } from "../../api/node.ts";
import type { Service } from "../../api/service.ts";
import { type RunningApiServer, startApiServer } from "../../apiserver/index.ts";
import {
  type ApiClient,
  createApiClient,
  endpointSlices,
  loadKubeconfig,
  nodes,
  services,
} from "../../client/index.ts";
import { silentLogger } from "../../lib/log.ts";

export interface TestCluster {
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  readonly client: ApiClient;
  stopApi(): Promise<void>;
  /** With the same data, on the same port. */
  startApi(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestCluster(): Promise<TestCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), "porthole-proxy-test-"));
  const kubeconfigOut = join(dataDir, "kubeconfig");
  const start = (listen: string) => startApiServer({ listen, dataDir, kubeconfigOut, log: silentLogger });
  let api: RunningApiServer | undefined = await start("127.0.0.1:0");
  const { host } = new URL(api.url);
  const config = await loadKubeconfig({ path: kubeconfigOut });
  const client = createApiClient(config, { userAgent: "proxy-test", log: silentLogger });
  const stopApi = async () => {
    await api?.close();
    api = undefined;
  };
  return {
    kubeconfig: kubeconfigOut,
    client,
    stopApi,
    async startApi() {
      api = await start(host);
    },
    async close() {
      await client.close();
      await stopApi();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Of all kinds Node alone lets a client set its status as it creates it: a kubelet does. */
export function createNode(client: ApiClient, name: string, addresses: readonly string[]): Promise<Node> {
  return client.create(nodes, {
    metadata: { name },
    status: { addresses: addresses.map((address) => ({ type: "InternalIP", address }) as const) },
  });
}

export interface ServiceSketch {
  readonly name: string;
  readonly clusterIP: string;
  readonly nodePort: number;
  readonly spec?: Partial<Service["spec"]>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function createService(client: ApiClient, sketch: ServiceSketch): Promise<Service> {
  const { name, clusterIP, nodePort, spec, annotations } = sketch;
  return client.create(services, {
    metadata: { name, namespace: "default", ...(annotations && { annotations }) },
    spec: {
      type: "NodePort",
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: ["IPv4"],
      ports: [{ port: 80, protocol: "TCP", targetPort: 8080, nodePort }],
      ...spec,
    },
  });
}

export interface SliceSketch {
  readonly service: string;
  readonly port: number;
  readonly endpoints: readonly SliceEndpoint[];
}

export function createSlice(client: ApiClient, sketch: SliceSketch): Promise<EndpointSlice> {
  return client.create(endpointSlices, sliceOf(sketch));
}

export async function updateSlice(client: ApiClient, sketch: SliceSketch): Promise<void> {
  await client.update(endpointSlices, sliceOf(sketch));
}

function sliceOf({ service, port, endpoints }: SliceSketch) {
  return {
    metadata: {
      name: `${service}-abc`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: "IPv4",
    ports: [{ name: "", port, protocol: "TCP" }],
    endpoints,
  } as const;
}
