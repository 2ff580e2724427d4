import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldError } from "../field-error.ts";
import type { Lease, Node, NodeSpec, NodeStatus } from "../node.ts";
import { leaseDefinition } from "./lease-definition.ts";
import { nodeCells } from "./node-columns.ts";
import { defaultNode, prepareNodeForCreate } from "./node-rules.ts";
import { validateNode, validateNodeUpdate } from "./node-validate.ts";

const metadata = { name: "n", uid: "1", resourceVersion: "5", creationTimestamp: "2026-01-01T00:00:00Z" };

function node(spec: NodeSpec = {}, status: NodeStatus = {}): Node {
  return defaultNode({ apiVersion: "v1", kind: "Node", metadata, spec, status });
}

function shown(errors: readonly FieldError[]): readonly string[] {
  return errors.map(({ type, field }) => `${type} ${field}`);
}

test("a new node takes no pods before it says that it is ready", () => {
  const mine = { key: "k", effect: "NoExecute" as const };
  const { taints } = prepareNodeForCreate(node({ taints: [mine] })).spec;
  assert.deepEqual(taints, [mine, { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }]);
  assert.deepEqual(prepareNodeForCreate(prepareNodeForCreate(node())).spec.taints?.length, 1);
});

test("podCIDR wins over podCIDRs, and all capacity can be allocated", () => {
  assert.deepEqual(node({ podCIDR: "10.1.0.0/24", podCIDRs: ["10.2.0.0/24"] }).spec.podCIDRs, [
    "10.1.0.0/24",
  ]);
  assert.equal(node({ podCIDRs: ["10.2.0.0/24"] }).spec.podCIDR, "10.2.0.0/24");
  assert.deepEqual(node({}, { capacity: { cpu: "4" } }).status.allocatable, { cpu: "4" });
  assert.equal(node().status.nodeInfo?.kubeletVersion, "");
});

test("taints and ranges are checked", () => {
  const invalid: readonly (readonly [NodeSpec, readonly string[]])[] = [
    [
      { taints: [{ key: "a", effect: "Sometimes" as "NoExecute" }] },
      ["NotSupported metadata.taints[0].effect"],
    ],
    [
      {
        taints: [
          { key: "a", effect: "NoSchedule" },
          { key: "a", effect: "NoSchedule", value: "x" },
        ],
      },
      ["Duplicate metadata.taints[1]"],
    ],
    [{ podCIDRs: ["bogus"] }, ["Invalid spec.podCIDRs[0]"]],
    [{ podCIDRs: ["10.1.0.0/24", "10.2.0.0/24"] }, ["Invalid spec.podCIDRs"]],
    [{ podCIDRs: ["10.1.0.0/24", "fd00::/64"] }, []],
  ];
  for (const [spec, expected] of invalid) {
    assert.deepEqual(shown(validateNode(node(spec))), expected, JSON.stringify(spec));
  }
});

test("a node's range and provider are given once", () => {
  const old = node({ podCIDR: "10.1.0.0/24", providerID: "x://1" });
  assert.deepEqual(shown(validateNodeUpdate(old, node())), []);
  assert.deepEqual(shown(validateNodeUpdate(node({ podCIDR: "10.2.0.0/24", providerID: "x://2" }), old)), [
    "Forbidden spec.podCIDRs",
    "Forbidden spec.providerID",
  ]);
});

test("a row shows what kubectl prints", () => {
  const labels = { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "edge" };
  const shownNode: Node = {
    ...node(
      { unschedulable: true },
      {
        addresses: [{ type: "InternalIP", address: "192.0.2.1" }],
        conditions: [{ type: "Ready", status: "False" }],
        nodeInfo: { kubeletVersion: "v1", kernelVersion: "6.1", architecture: "amd64" },
      },
    ),
    metadata: { ...metadata, labels },
  };
  assert.deepEqual(nodeCells(shownNode, Date.parse("2026-01-01T00:01:00Z")), [
    "n",
    "NotReady,SchedulingDisabled",
    "edge,worker",
    "60s",
    "v1",
    "192.0.2.1",
    "<none>",
    "<unknown>",
    "6.1 (amd64)",
    "<unknown>",
  ]);
  assert.equal(nodeCells(node(), 0)[1], "Unknown");
});

test("a lease lasts for a while and changes hands forwards", () => {
  const lease = (spec: Lease["spec"]): Lease => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { ...metadata, namespace: "kube-node-lease" },
    spec,
  });
  assert.deepEqual(leaseDefinition.validate?.(lease({ leaseDurationSeconds: 40 })), []);
  assert.deepEqual(
    shown(leaseDefinition.validate?.(lease({ leaseDurationSeconds: 0, leaseTransitions: -1 })) ?? []),
    ["Invalid spec.leaseDurationSeconds", "Invalid spec.leaseTransitions"],
  );
});
