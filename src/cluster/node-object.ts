/** The Node object and its Lease, as a kubelet registers them. Pure. */
import { arch, cpus, platform, release, totalmem, type } from "node:os";
import type { Lease, NodeCondition, NodeStatus } from "../api/node.ts";
import { formatTime } from "../lib/rfc3339.ts";
import { hostAddresses } from "./pod-addresses.ts";

export interface NodeIdentity {
  readonly name: string;
  /** IPv4 first. */
  readonly addresses: readonly string[];
  readonly podCidrs: readonly string[];
  /** Where the agent serves logs; undefined if it does not. */
  readonly agentPort?: number;
  readonly version: string;
}

export const leaseNamespace = "kube-node-lease";
export const leaseDurationSeconds = 40;
/** A kubelet's default of --max-pods. */
const mostPods = 110;

const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** Labels that every kubelet sets. */
export function nodeLabels(name: string): Record<string, string> {
  const goArch = goArchitectures[arch()] ?? arch();
  return {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": platform(),
    "kubernetes.io/arch": goArch,
  };
}

export function makeNodeStatus(
  identity: NodeIdentity,
  previous: NodeStatus | undefined,
  nowMs: number,
): NodeStatus {
  const capacity = {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: String(Math.min(hostAddresses(identity.podCidrs[0] ?? "").length, mostPods)),
    "ephemeral-storage": "0",
  };
  return {
    addresses: [
      ...identity.addresses.map((address) => ({ type: "InternalIP", address }) as const),
      { type: "Hostname", address: identity.name },
    ],
    capacity,
    allocatable: capacity,
    conditions: makeConditions(previous?.conditions ?? [], nowMs),
    ...(identity.agentPort === undefined
      ? {}
      : { daemonEndpoints: { kubeletEndpoint: { Port: identity.agentPort } } }),
    nodeInfo: {
      architecture: goArchitectures[arch()] ?? arch(),
      bootID: "",
      containerRuntimeVersion: `porthole://${identity.version}`,
      kernelVersion: release(),
      kubeProxyVersion: "",
      kubeletVersion: `v1.36.2+porthole-${identity.version}`,
      machineID: "",
      operatingSystem: platform(),
      osImage: `${type()} ${release()}`,
      systemUUID: "",
    },
  };
}

function makeConditions(previous: readonly NodeCondition[], nowMs: number): readonly NodeCondition[] {
  const now = formatTime(nowMs);
  const ours: readonly NodeCondition[] = [
    {
      type: "MemoryPressure",
      status: "False",
      reason: "KubeletHasSufficientMemory",
      message: "kubelet has sufficient memory available",
    },
    {
      type: "DiskPressure",
      status: "False",
      reason: "KubeletHasNoDiskPressure",
      message: "kubelet has no disk pressure",
    },
    {
      type: "PIDPressure",
      status: "False",
      reason: "KubeletHasSufficientPID",
      message: "kubelet has sufficient PID available",
    },
    { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
  ];
  const types = new Set(ours.map(({ type: name }) => name));
  return [
    ...ours.map((condition) => {
      const before = previous.find(({ type: name }) => name === condition.type);
      const lastTransitionTime =
        before?.status === condition.status ? (before.lastTransitionTime ?? now) : now;
      return { ...condition, lastHeartbeatTime: now, lastTransitionTime };
    }),
    ...previous.filter(({ type: name }) => !types.has(name)),
  ];
}

export function makeLeaseSpec(name: string, nowMs: number): Lease["spec"] {
  // MicroTime has six digits of fraction.
  const renewTime = new Date(nowMs).toISOString().replace("Z", "000Z");
  return { holderIdentity: name, leaseDurationSeconds, renewTime };
}
