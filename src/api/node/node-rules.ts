/** Defaults of a Node, and what its writes keep (kubernetes/pkg/apis/core/v1/defaults.go, pkg/registry/core/node). */
import type { Node, NodeSpec, NodeStatus, Taint } from "../node.ts";

/** The structs that Go always prints, without values. */
export const emptyNodeInfo = {
  machineID: "",
  systemUUID: "",
  bootID: "",
  kernelVersion: "",
  osImage: "",
  containerRuntimeVersion: "",
  kubeletVersion: "",
  kubeProxyVersion: "",
  operatingSystem: "",
  architecture: "",
};

export function defaultNode(node: Node): Node {
  return { ...node, spec: withOnePodCidr(node.spec ?? {}), status: defaultNodeStatus(node.status ?? {}) };
}

/** `podCIDR` and the first of `podCIDRs` are one; where they differ, `podCIDR` is right. */
function withOnePodCidr(spec: NodeSpec): NodeSpec {
  const { podCIDR, podCIDRs = [] } = spec;
  if (podCIDR) return podCIDR === podCIDRs[0] ? spec : { ...spec, podCIDRs: [podCIDR] };
  return podCIDRs[0] ? { ...spec, podCIDR: podCIDRs[0] } : spec;
}

/** All that a node has can be allocated, if it does not say otherwise. */
function defaultNodeStatus(status: NodeStatus): NodeStatus {
  const allocatable = status.allocatable ?? status.capacity;
  return {
    ...status,
    ...(allocatable ? { allocatable } : {}),
    daemonEndpoints: {
      ...status.daemonEndpoints,
      kubeletEndpoint: { Port: status.daemonEndpoints?.kubeletEndpoint?.Port ?? 0 },
    },
    nodeInfo: { ...emptyNodeInfo, ...status.nodeInfo },
  };
}

const notReady: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** Nothing runs on a new node before it says that it is ready (admission plugin TaintNodesByCondition). */
export function prepareNodeForCreate(node: Node): Node {
  const { taints = [] } = node.spec;
  const isTainted = taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect);
  return isTainted ? node : { ...node, spec: { ...node.spec, taints: [...taints, notReady] } };
}

export function prepareNodeForUpdate(next: Node, old: Node): Node {
  return { ...next, status: old.status };
}

export function prepareNodeStatus(next: Node, old: Node): Node {
  return { ...next, spec: old.spec };
}
