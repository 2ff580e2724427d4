/** Faults of nodes, and of what can be asked of them. */
import { answered, type Fault, healthy, nodes, refused } from "./cluster.ts";

export const nodeFaults: readonly Fault[] = [
  {
    id: "no-nodes",
    name: "an empty cluster",
    objects: { ...healthy(), nodes: [] },
    object: "Cluster",
    evidence: /no Node/,
  },
  {
    id: "node-not-ready",
    name: "an agent that was not heard of",
    objects: nodes(healthy(), (node, index) =>
      index === 0
        ? {
            ...node,
            status: {
              ...node.status,
              conditions: [
                { type: "Ready", status: "Unknown", reason: "NodeStatusUnknown", message: "gone" },
              ],
            },
          }
        : node,
    ),
    object: "Node node-a",
    evidence: /Ready is Unknown \(NodeStatusUnknown: gone\)/,
  },
  {
    id: "node-without-address",
    name: "a node whose addresses nobody filled in",
    objects: nodes(healthy(), (node, index) =>
      index === 2 ? { ...node, status: { ...node.status, addresses: [] } } : node,
    ),
    object: "Node node-c",
    evidence: /no InternalIP/,
  },
  {
    id: "node-leaving",
    name: "a node with the autoscaler's taint",
    objects: nodes(healthy(), (node, index) =>
      index === 1
        ? { ...node, spec: { taints: [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] } }
        : node,
    ),
    object: "Node node-b",
    evidence: /ToBeDeleted/,
  },
  {
    id: "proxy-unhealthy",
    name: "a proxy that is stuck",
    objects: healthy(),
    answers: ({ kind }) => (kind === "proxy-health" ? { kind: "answered", status: 503 } : answered),
    object: "Node node-a",
    evidence: /192\.168\.0\.1:10256\/healthz answers 503/,
  },
  {
    id: "proxy-not-running",
    name: "no proxy on a node",
    objects: healthy(),
    answers: ({ kind, node }) => (kind === "proxy-health" && node === "node-b" ? refused : answered),
    object: "Node node-b",
    evidence: /192\.168\.0\.2:10256 refuses/,
  },
  {
    id: "kernel-too-old",
    name: "a node of an old distribution",
    objects: nodes(healthy(), (node, index) =>
      index === 1
        ? { ...node, status: { ...node.status, nodeInfo: { kernelVersion: "4.18.0-553.el8_10.x86_64" } } }
        : node,
    ),
    object: "Node node-b",
    evidence: /Linux 4\.18\.0-553\.el8_10\.x86_64; 5\.13 is needed/,
  },
];
