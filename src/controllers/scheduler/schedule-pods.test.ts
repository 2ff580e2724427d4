import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import { type Mutable, makeNode, makePod } from "../testing/builders.ts";
import { schedulePods } from "./schedule-pods.ts";

const waiting = (pod: Mutable<Pod>) => {
  delete (pod.spec as { nodeName?: string }).nodeName;
};
const tainted = (node: Mutable<Node>) => {
  node.spec.taints = [{ key: "dedicated", value: "db", effect: "NoSchedule" }];
};
const hostPort = (pod: Mutable<Pod>) => {
  pod.spec.containers = [{ name: "c", ports: [{ containerPort: 80, hostPort: 8080 }] }];
};

function schedule(nodes: Node[], pods: Pod[]) {
  const { bindings, failures } = schedulePods({ nodes, pods, assumed: new Map() });
  return [
    ...bindings.map(({ pod, node }) => `${pod.metadata.name} ${node}`),
    ...failures.map(({ message }) => message),
  ];
}

describe("schedulePods", () => {
  const rows: { name: string; nodes: Node[]; pods: Pod[]; expected: string[] }[] = [
    {
      name: "no nodes",
      nodes: [],
      pods: [makePod("a", waiting)],
      expected: ["no nodes available to schedule pods"],
    },
    {
      name: "pods of one owner spread over the nodes, whatever else runs there",
      nodes: [makeNode("n1"), makeNode("n2")],
      pods: [makePod("a", waiting), makePod("b", waiting)],
      expected: ["a n1", "b n2"],
    },
    {
      name: "a cordoned node, one that is not ready, a taint and a selector each keep a pod away",
      nodes: [
        makeNode("n1", (n) => {
          n.spec.unschedulable = true;
        }),
        makeNode("n2", (n) => {
          n.status.conditions = [];
        }),
        makeNode("n3", tainted),
        makeNode("n4"),
      ],
      pods: [
        makePod("a", waiting, (p) => {
          p.spec.nodeSelector = { disk: "ssd" };
        }),
      ],
      expected: [
        "0/4 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {dedicated: db}, 1 node(s) were not ready, 1 node(s) were unschedulable.",
      ],
    },
    {
      name: "a toleration lets a pod onto a tainted node",
      nodes: [makeNode("n1", tainted)],
      pods: [
        makePod("a", waiting, (p) => {
          p.spec.tolerations = [{ key: "dedicated", operator: "Exists" }];
        }),
      ],
      expected: ["a n1"],
    },
    {
      name: "a host port is taken once on each node",
      nodes: [makeNode("n1")],
      pods: [makePod("a", waiting, hostPort), makePod("b", waiting, hostPort)],
      expected: [
        "a n1",
        "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
      ],
    },
    {
      name: "gated pods, and those of another scheduler, are left alone",
      nodes: [makeNode("n1")],
      pods: [
        makePod("a", waiting, (p) => {
          p.spec.schedulerName = "mine";
        }),
        makePod("b", waiting, (p) => {
          p.spec.schedulingGates = [{ name: "wait" }];
        }),
      ],
      expected: [],
    },
  ];
  for (const { name, nodes, pods, expected } of rows) {
    test(name, () => assert.deepEqual(schedule(nodes, pods), expected));
  }
});
