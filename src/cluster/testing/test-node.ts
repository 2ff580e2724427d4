/** A real API server and a node agent in this process, in a directory of their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Container, Pod, PodSpec } from "../../api/pod.ts";
import { startApiServer } from "../../apiserver/index.ts";
import {
  type ApiClient,
  type ClusterConfig,
  createApiClient,
  loadKubeconfig,
  nodes,
  pods,
} from "../../client/index.ts";
import { silentLogger } from "../../lib/log.ts";
import { runNode } from "../index.ts";

export interface TestNode {
  readonly client: ApiClient;
  /** How the API server is reached. */
  readonly config: ClusterConfig;
  /** Creates a pod on the node. */
  createPod(name: string, container: Partial<Container>, spec?: Partial<PodSpec>): Promise<Pod>;
  /** Resolves with the pod once it is so. */
  podWhen(name: string, holds: (pod: Pod) => boolean): Promise<Pod>;
  /** Stops the agent and its pods, and the API server. */
  close(): Promise<void>;
}

export const isReady = ({ status }: Pod): boolean =>
  status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;

const pollMs = 20;
const nodeName = "test-node";

/** `address` is the node's, its pods are in `podCidr`. */
export async function startTestNode(address: string, podCidr: string): Promise<TestNode> {
  const dir = await mkdtemp(join(tmpdir(), "porthole-node-test-"));
  const kubeconfigOut = join(dir, "kubeconfig");
  const api = await startApiServer({
    listen: "127.0.0.1:0",
    dataDir: dir,
    kubeconfigOut,
    log: silentLogger,
  });
  const config = await loadKubeconfig({ path: kubeconfigOut });
  const client = createApiClient(config, { userAgent: "node-test", log: silentLogger });
  const stop = new AbortController();
  const pki = join(dir, "pki");
  const running = runNode({
    client,
    nodeName,
    addresses: [address],
    podCidrs: [podCidr],
    dataDir: join(dir, "node"),
    serving: {
      certFile: join(pki, "node.crt"),
      keyFile: join(pki, "node.key"),
      clientCaFile: join(pki, "ca.crt"),
    },
    agentPort: 0,
    version: "test",
    crashBackOffMs: 100,
    log: silentLogger,
    signal: stop.signal,
  });
  while (!(await client.get(nodes, { name: nodeName }))) await delay(pollMs);
  return {
    client,
    config,
    createPod: (name, container, spec = {}) =>
      client.create(pods, {
        metadata: { name, namespace: "default" },
        spec: {
          nodeName,
          containers: [{ name: "main", image: "any", ...container }],
          terminationGracePeriodSeconds: 1,
          ...spec,
        },
      }),
    async podWhen(name, holds) {
      for (;;) {
        const pod = await client.get(pods, { name, namespace: "default" });
        if (pod && holds(pod)) return pod;
        await delay(pollMs);
      }
    },
    async close() {
      stop.abort();
      await running;
      await client.close();
      await api.close();
      await rm(dir, { recursive: true });
    },
  };
}
