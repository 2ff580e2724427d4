/** The six pods behind the Services, two on each node, and the ways in which one goes. */
import { setTimeout as delay } from "node:timers/promises";
import { processesWithEnvironment } from "../../test/support/processes.ts";
import type { FaultLab } from "./fault-lab.ts";

export const podsPerNode = 2;

export interface Pods {
  /** Brings every node to its two pods that are ready; those that are none are removed. */
  restore(): Promise<void>;
  /** A new pod beside a node's two, ready. */
  addPod(node: string): Promise<void>;
  /** The names of a node's pods, the oldest first. */
  on(node: string): readonly string[];
  /** Ends a pod as an update does; resolves at once. */
  remove(pod: string): Promise<void>;
  /** Kills the processes of a pod. */
  kill(pod: string): void;
}

interface PodObject {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const retryMs = 50;

/** A pod as a manifest; the scheduler has no say in where it goes. */
export function podManifest(name: string, node: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "web" } },
    spec: {
      nodeName: node,
      containers: [
        {
          name: "echo",
          image: "porthole/echo",
          ports: [{ containerPort: 8080 }],
          readinessProbe: { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  };
}

export async function openPods({ run, cluster, nodes }: FaultLab): Promise<Pods> {
  const kubectl = (...args: string[]) => run("kubectl", "--kubeconfig", cluster.kubeconfig, ...args);
  let made = 0;
  let known: readonly PodObject[] = [];
  const read = async () => {
    const { items } = JSON.parse(await kubectl("get", "pods", "-l", "app=web", "-o", "json")) as {
      items: readonly PodObject[];
    };
    known = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  const podsOn = (node: string) => known.filter(({ spec }) => spec.nodeName === node);
  const create = async (node: string) => {
    made += 1;
    const manifest = JSON.stringify(podManifest(`extra-${made}`, node));
    await run(
      "sh",
      "-c",
      'echo "$1" | kubectl --kubeconfig "$2" create -f -',
      "sh",
      manifest,
      cluster.kubeconfig,
    );
  };
  const untilReady = async () => {
    await kubectl("wait", "pod", "-l", "app=web", "--for=condition=Ready", "--timeout=60s");
    await read();
  };
  const untilRead = async (isSo: () => boolean) => {
    for (await read(); !isSo(); await read()) await delay(retryMs);
  };
  await untilReady();
  return {
    on: (node) => podsOn(node).map(({ metadata }) => metadata.name),
    async restore() {
      await read();
      const broken = known.filter(({ status }) => !isReady(status)).map(({ metadata }) => metadata.name);
      if (broken.length > 0) await kubectl("delete", "pod", "--force", "--grace-period=0", ...broken);
      await untilRead(() => known.every(({ metadata }) => !broken.includes(metadata.name)));
      for (const node of nodes)
        for (let count = podsOn(node).length; count < podsPerNode; count += 1) await create(node);
      await untilReady();
    },
    async addPod(node) {
      await create(node);
      await untilReady();
    },
    async remove(pod) {
      await kubectl("delete", "pod", pod, "--wait=false");
    },
    kill(pod) {
      const uid = known.find(({ metadata }) => metadata.name === pod)?.metadata.uid;
      if (uid === undefined) throw new Error(`There is no pod ${pod}`);
      for (const pid of processesWithEnvironment(`PORTHOLE_POD=${uid}`)) process.kill(pid, "SIGKILL");
    },
  };
}

function isReady({ conditions = [] }: PodObject["status"]): boolean {
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
