/** A real API server with the controllers, and nodes that answer for their pods without running anything. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "../../src/api/meta.ts";
import type { Pod } from "../../src/api/pod.ts";
import type { Deployment } from "../../src/api/workload.ts";
import { startApiServer } from "../../src/apiserver/index.ts";
import {
  type ApiClient,
  createApiClient,
  deployments,
  type ListWatchCache,
  leases,
  loadKubeconfig,
  nodes,
  openListWatchCache,
  pods,
  type Resource,
} from "../../src/client/index.ts";
import { runControllers } from "../../src/controllers/index.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { formatMicroTime, formatTime } from "../../src/lib/rfc3339.ts";

export interface TestCluster extends AsyncDisposable {
  readonly client: ApiClient;
  readonly kubeconfig: string;
  /** Resolves with the objects of a kind in namespace default once they satisfy the condition. */
  until<T extends KubeObject>(
    resource: Resource<T>,
    condition: (objects: readonly T[]) => boolean,
    namespace?: string,
  ): Promise<readonly T[]>;
  addNode(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** From now on the node says nothing any more. */
  silence(name: string): void;
}

export interface TestClusterOptions {
  readonly nodes?: readonly string[];
  readonly nodeGracePeriodMs?: number;
  /** A pod becomes ready unless this says no. */
  readonly isReady?: (pod: Pod) => boolean;
}

const leaseRenewalMs = 250;

export async function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), "porthole-controllers-"));
  const kubeconfig = join(dataDir, "kubeconfig");
  const server = await startApiServer({
    listen: "127.0.0.1:0",
    dataDir,
    kubeconfigOut: kubeconfig,
    log: silentLogger,
  });
  const config = await loadKubeconfig({ path: kubeconfig });
  const client = createApiClient(config, { userAgent: "porthole-test", log: silentLogger });
  const stop = new AbortController();
  const { signal } = stop;
  const caches = new Map<Resource, ListWatchCache<KubeObject>>();
  const cacheOf = <T extends KubeObject>(resource: Resource<T>) => {
    const cache =
      caches.get(resource) ??
      openListWatchCache({ client, resource: resource as Resource, log: silentLogger, signal });
    caches.set(resource, cache);
    return cache as ListWatchCache<T>;
  };
  const silent = new Set<string>();
  const beats: NodeJS.Timeout[] = [];
  playKubelet(client, cacheOf(pods), silent, options.isReady ?? (() => true));
  const running = runControllers({
    client,
    log: silentLogger,
    signal,
    ...(options.nodeGracePeriodMs === undefined ? {} : { nodeGracePeriodMs: options.nodeGracePeriodMs }),
  });
  const cluster: TestCluster = {
    client,
    kubeconfig,
    async until(resource, condition, namespace = "default") {
      const cache = cacheOf(resource);
      const select = () =>
        [...cache.items().values()].filter(
          ({ metadata }) => !resource.namespaced || metadata.namespace === namespace,
        );
      await cache.whenSynced(signal);
      if (condition(select())) return select();
      const done = Promise.withResolvers<void>();
      const unsubscribe = cache.subscribe(() => {
        if (condition(select())) done.resolve();
      });
      await done.promise;
      unsubscribe();
      return select();
    },
    async addNode(name, labels = {}) {
      const node = await client.create(nodes, { metadata: { name, labels } });
      const conditions = [{ type: "Ready", status: "True", reason: "KubeletReady" }] as const;
      await client.patch(nodes, { name }, "merge", { status: { conditions } }, { subresource: "status" });
      await beat(client, name, node.metadata.uid);
      beats.push(
        setInterval(
          () => !silent.has(name) && void beat(client, name, node.metadata.uid).catch(() => {}),
          leaseRenewalMs,
        ),
      );
    },
    silence: (name) => void silent.add(name),
    async [Symbol.asyncDispose]() {
      for (const timer of beats) clearInterval(timer);
      stop.abort();
      await running;
      await client.close();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  for (const name of options.nodes ?? ["node-1", "node-2", "node-3"]) await cluster.addNode(name);
  return cluster;
}

export function echoDeployment(
  name: string,
  replicas: number,
  image = "porthole/echo:1",
): Partial<Deployment> {
  const labels = { app: name };
  return {
    metadata: { name, namespace: "default" } as Deployment["metadata"],
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "echo", image }] } },
    },
  };
}

/** Changes the image of the Deployment's pods: a rollout. */
export async function rollOut(client: ApiClient, name: string, image: string): Promise<void> {
  const body = { spec: { template: { spec: { containers: [{ name: "echo", image }] } } } };
  await client.patch(deployments, { name, namespace: "default" }, "strategic", body);
}

async function beat(client: ApiClient, name: string, uid: string): Promise<void> {
  const key = { name, namespace: "kube-node-lease" };
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: formatMicroTime(Date.now()) };
  const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid }];
  const present = await client.get(leases, key);
  if (present) await client.update(leases, { ...present, spec });
  else await client.create(leases, { metadata: { ...key, ownerReferences }, spec });
}

/** Gives each pod of a node that is not silent an address, and lets it go when it is deleted. */
function playKubelet(
  client: ApiClient,
  cache: ListWatchCache<Pod>,
  silent: ReadonlySet<string>,
  isReady: (pod: Pod) => boolean,
): void {
  let last = 0;
  const step = async (pod: Pod) => {
    const { name, namespace = "", deletionTimestamp } = pod.metadata;
    if (!pod.spec.nodeName || silent.has(pod.spec.nodeName)) return;
    if (deletionTimestamp) return await client.delete(pods, { name, namespace }, { gracePeriodSeconds: 0 });
    if (pod.status.podIP) return;
    const podIP = `10.180.${Math.floor(++last / 250)}.${(last % 250) + 1}`;
    const now = formatTime(Date.now());
    const ready = { type: "Ready", status: isReady(pod) ? "True" : "False", lastTransitionTime: now };
    const status = { phase: "Running", podIP, podIPs: [{ ip: podIP }], conditions: [ready] };
    await client.patch(pods, { name, namespace }, "merge", { status }, { subresource: "status" });
  };
  cache.subscribe(({ added, updated }) => {
    for (const pod of [...added, ...updated.map(({ next }) => next)]) void step(pod).catch(() => {});
  });
}
