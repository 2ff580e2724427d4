/** runNode: the agent of one node, what a kubelet is to a cluster. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import {
  type ApiClient,
  createEventRecorder,
  openListWatchCache,
  pods,
  type Resource,
} from "../client/index.ts";
import { aborted } from "../lib/aborted.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { programFile } from "../lib/package-files.ts";
import { wait } from "../lib/wait.ts";
import { type AgentServer, startAgentServer } from "./agent-server.ts";
import { createLoopbackNetwork } from "./network/loopback-network.ts";
import type { PodNetwork } from "./network/pod-network.ts";
import type { NodeContext } from "./node-context.ts";
import { NodePods } from "./node-pods.ts";
import { keepNodeCurrent, registerNode } from "./node-registration.ts";
import { type DataObject, plainData } from "./pod-environment.ts";

export interface NodeOptions {
  readonly client: ApiClient;
  readonly nodeName: string;
  /** The node's addresses, IPv4 first; they are on this machine. */
  readonly addresses: readonly string[];
  /** Addresses for its pods, a range for each family. */
  readonly podCidrs: readonly string[];
  /** Gives each pod a network namespace whose name begins so; without it they are on this machine's loopback link. */
  readonly podNamespaces?: string;
  readonly dataDir: string;
  /** Certificate, key and client authority of the port that logs are read at; without them logs are not served. */
  readonly serving?: { readonly certFile: string; readonly keyFile: string; readonly clientCaFile: string };
  /** Port that logs are served at; a kubelet's 10250 if absent, any free one for 0. */
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
/** How long pods have to end when the agent itself is stopped. */
const stopPodsGraceMs = 3_000;
/** How long the API server has to take in what became of them: it may be about to end itself. */
const lastWordsMs = 1_000;

/**
 * Runs the pods that are bound to the node until the signal fires, then stops them and resolves. An agent that is killed leaves its pods
 * running; the next one on the same dataDir goes on with them. Throws when its port or its pod addresses cannot be had.
 */
export async function runNode(options: NodeOptions): Promise<void> {
  const { client, nodeName, addresses, podCidrs, log, signal, version, clock = systemClock } = options;
  const context = createContext(options, await openNetwork(options), clock);
  mkdirSync(context.podsDir, { recursive: true, mode: 0o700 });
  const nodePods = new NodePods(context);
  const cache = openListWatchCache({
    client,
    resource: pods,
    fieldSelector: `spec.nodeName=${nodeName}`,
    log,
    signal,
  });
  const server = await serve(options, nodePods);
  const agentPort = server === undefined ? {} : { agentPort: server.port };
  const identity = { name: nodeName, addresses, podCidrs, version, ...agentPort };
  const registration = { client, identity, clock, log, signal };
  await registerNode(registration);
  if (!signal.aborted) options.onReady?.();
  const keeping = keepNodeCurrent(registration);
  await cache.whenSynced(signal).catch(() => {});
  if (!signal.aborted) await nodePods.follow(cache);
  await aborted(signal);
  await nodePods.stop(stopPodsGraceMs);
  await Promise.race([context.recorder.flush(), wait(clock, lastWordsMs, new AbortController().signal)]);
  await keeping;
  await server?.close();
}

/** What only nodes on namespaces need is loaded by them alone. */
async function openNetwork({ addresses, podCidrs, podNamespaces }: NodeOptions): Promise<PodNetwork> {
  if (podNamespaces === undefined) return createLoopbackNetwork(podCidrs[0] ?? "", addresses[0] ?? "");
  const { openNamespaceNetwork } = await import("./network/namespace-network.ts");
  return openNamespaceNetwork({ podCidrs, namespacePrefix: podNamespaces });
}

function createContext(options: NodeOptions, network: PodNetwork, clock: Clock): NodeContext {
  const { client, nodeName, addresses, dataDir, log, signal } = options;
  return {
    client,
    nodeName,
    addresses,
    network,
    podsDir: join(dataDir, "pods"),
    clock,
    log,
    signal,
    recorder: createEventRecorder({ client, log, component: "kubelet", host: nodeName, clock }),
    crashBackOffMs: options.crashBackOffMs ?? kubeletCrashBackOffMs,
    echoCommand: echoCommand(),
    readData: (namespace) => async (kind, name) => {
      const object = await client.get(dataResources[kind], { namespace, name }, signal);
      return object && plainData(kind, object);
    },
  };
}

async function serve(
  { serving, addresses, agentPort = kubeletPort, log }: NodeOptions,
  nodePods: NodePods,
): Promise<AgentServer | undefined> {
  if (!serving) {
    log.info("Logs of pods are not served: no certificate was given");
    return undefined;
  }
  return startAgentServer({
    ...serving,
    address: addresses[0] ?? "",
    port: agentPort,
    findPod: (namespace, name) => nodePods.find(namespace, name),
  });
}

function echoCommand(): readonly string[] {
  return [process.execPath, ...process.execArgv, programFile("cluster/echo/main")];
}

const core = { group: "", version: "v1", namespaced: true } as const;
const dataResources: Readonly<Record<"ConfigMap" | "Secret", Resource<DataObject>>> = {
  ConfigMap: { ...core, plural: "configmaps", kind: "ConfigMap" },
  Secret: { ...core, plural: "secrets", kind: "Secret" },
};
