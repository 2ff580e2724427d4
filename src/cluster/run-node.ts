/** runNode: the agent of one node, what a kubelet is to a cluster. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Pod } from "../api/pod.ts";
import {
  type ApiClient,
  createEventRecorder,
  objectKey,
  openListWatchCache,
  pods,
  type Resource,
} from "../client/index.ts";
import { aborted } from "../lib/aborted.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { wait } from "../lib/wait.ts";
import { type AgentServer, startAgentServer } from "./agent-server.ts";
import { boundLog } from "./container-log.ts";
import type { NodeContext } from "./node-context.ts";
import { keepNodeCurrent, registerNode } from "./node-registration.ts";
import { PodAddresses } from "./pod-addresses.ts";
import { type DataObject, plainData } from "./pod-environment.ts";
import type { PodRecord } from "./pod-record.ts";
import { PodRunner } from "./pod-runner.ts";
import { adoptableRecords, stopOrphans } from "./previous-pods.ts";

export interface NodeOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  /** The node's address; it is on this machine. */
  readonly address: string;
  /** Addresses for its pods; they are on this machine, too. */
  readonly podCidr: string;
  readonly dataDir: string;
  /** Certificate, key and client authority of the port that logs are read at; without them logs are not served. */
  readonly serving?: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile: string };
  /** Port that logs are served at; a kubelet's 10250 if absent. */
  readonly agentPort?: number;
  readonly version: string;
  /** Called once the Node is registered. */
  readonly onReady?: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly crashBackOffMs?: number;
}

const kubeletPort = 10_250;
const kubeletCrashBackOffMs = 10_000;
const logCheckMs = 5_000;
/** How long pods have to end when the agent itself is stopped. */
const stopPodsGraceMs = 3_000;

/**
 * Runs the pods that are bound to the node until the signal fires, then stops them and resolves. An agent that is killed leaves its pods
 * running; the next one on the same dataDir goes on with them. Throws when its port or its pod addresses cannot be had.
 */
export async function runNode(options: NodeOptions): Promise<void> {
  const { client, nodeName, address, podCidr, log, signal, version, clock = systemClock } = options;
  const podsDir = join(options.dataDir, "pods");
  mkdirSync(podsDir, { recursive: true, mode: 0o700 });
  const runners = new Map<string, PodRunner>();
  const server = await serveLogs(options, runners);
  const agentPort = server === undefined ? {} : { agentPort: server.port };
  const registration = {
    client,
    identity: { name: nodeName, address, podCidr, version, ...agentPort },
    clock,
    log,
    signal,
  };
  const recorder = createEventRecorder({ client, log, component: "porthole-node", host: nodeName, clock });
  const context: NodeContext = {
    client,
    nodeName,
    address,
    podsDir,
    clock,
    log,
    signal,
    recorder,
    crashBackOffMs: options.crashBackOffMs ?? kubeletCrashBackOffMs,
    echoCommand: echoCommand(),
    readData: (namespace) => async (kind, name) => {
      const object = await client.get(dataResources[kind], { namespace, name }, signal);
      return object && plainData(kind, object);
    },
  };
  const cache = openListWatchCache({
    client,
    resource: pods,
    fieldSelector: `spec.nodeName=${nodeName}`,
    log,
    signal,
  });
  await registerNode(registration);
  options.onReady?.();
  const keeping = keepNodeCurrent(registration);
  await cache.whenSynced(signal).catch(() => {});
  if (!signal.aborted) {
    followPods(context, cache, runners, podCidr);
    void boundLogs(clock, signal, runners);
  }
  await aborted(signal);
  await Promise.all([...runners.values()].map((runner) => runner.stop(stopPodsGraceMs)));
  await keeping;
  await server?.close();
}

function followPods(
  context: NodeContext,
  cache: ReturnType<typeof openListWatchCache<Pod>>,
  runners: Map<string, PodRunner>,
  podCidr: string,
): void {
  const addresses = new PodAddresses(podCidr);
  const records = new Map<string, PodRecord>();
  const known = new Set([...cache.items().values()].map(({ metadata }) => metadata.uid));
  for (const record of adoptableRecords(context.podsDir)) {
    if (known.has(record.uid) && addresses.claim(record.podIP)) records.set(record.uid, record);
    else stopOrphans(context.podsDir, record);
  }

  const start = (pod: Pod) => {
    const { uid } = pod.metadata;
    const record = records.get(uid);
    records.delete(uid);
    const isOver = pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
    if (isOver && !record && pod.metadata.deletionTimestamp === undefined) return;
    const podIP = record?.podIP ?? addresses.take();
    if (podIP === undefined) {
      const message = `No address is left for pods in ${podCidr}`;
      context.recorder.record({ about: pod, type: "Warning", reason: "FailedCreatePodSandBox", message });
      return;
    }
    runners.set(uid, new PodRunner(context, pod, podIP, record));
  };
  const remove = async (pod: Pod) => {
    const runner = runners.get(pod.metadata.uid);
    if (!runner) return;
    await runner.remove();
    runners.delete(pod.metadata.uid);
    addresses.giveBack(runner.podIP);
  };

  cache.subscribe(({ added, updated, deleted }) => {
    for (const pod of deleted) void remove(pod);
    for (const pod of added) start(pod);
    for (const { next } of updated) {
      const runner = runners.get(next.metadata.uid);
      if (runner) runner.update(next);
      else start(next);
    }
  });
}

async function serveLogs(
  { serving, address, agentPort = kubeletPort, log }: NodeOptions,
  runners: ReadonlyMap<string, PodRunner>,
): Promise<AgentServer | undefined> {
  if (!serving) {
    log.info("Logs of pods are not served: no certificate was given");
    return undefined;
  }
  return startAgentServer({
    ...serving,
    address,
    port: agentPort,
    findLog(namespace, name, container, previous) {
      const runner = [...runners.values()].find(
        ({ pod }) => objectKey(pod.metadata) === objectKey({ namespace, name }),
      );
      return runner?.log(container, previous);
    },
  });
}

async function boundLogs(
  clock: Clock,
  signal: AbortSignal,
  runners: ReadonlyMap<string, PodRunner>,
): Promise<void> {
  while (!signal.aborted) {
    await wait(clock, logCheckMs, signal);
    const files = [...runners.values()].flatMap((runner) => runner.logFiles());
    await Promise.all(files.map(boundLog));
  }
}

function echoCommand(): readonly string[] {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = fileURLToPath(new URL(`./echo/main.${extension}`, import.meta.url));
  return [process.execPath, ...process.execArgv, entry];
}

const core = { group: "", version: "v1", namespaced: true } as const;
const dataResources: Readonly<Record<"ConfigMap" | "Secret", Resource<DataObject>>> = {
  ConfigMap: { ...core, plural: "configmaps", kind: "ConfigMap" },
  Secret: { ...core, plural: "secrets", kind: "Secret" },
};
