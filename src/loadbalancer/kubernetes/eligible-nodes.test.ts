import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Node } from "../../api/node.ts";
import { eligibleNodes } from "./eligible-nodes.ts";

const rows: readonly {
  name: string;
  metadata?: object;
  spec?: object;
  status?: object;
  takesPart: boolean;
}[] = [
  { name: "a plain node", takesPart: true },
  {
    name: "a node that is not ready (KEP-3458)",
    status: { conditions: [{ type: "Ready", status: "False" }] },
    takesPart: true,
  },
  { name: "a cordoned node", spec: { unschedulable: true }, takesPart: true },
  {
    name: "a node with the exclusion label, whatever its value",
    metadata: { labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "false" } },
    takesPart: false,
  },
  {
    name: "a node that the autoscaler is about to delete",
    spec: { taints: [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }] },
    takesPart: false,
  },
  {
    name: "a node that is being deleted",
    metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
    takesPart: false,
  },
];

describe("which nodes take part", () => {
  for (const { name, metadata, spec, status, takesPart } of rows) {
    test(`${name} ${takesPart ? "does" : "does not"}`, () => {
      const addresses = [
        { type: "ExternalIP", address: "203.0.113.9" },
        { type: "InternalIP", address: "192.0.2.1" },
        { type: "InternalIP", address: "2001:db8::1" },
      ];
      const node = {
        metadata: { name: "n", ...metadata },
        spec,
        status: { addresses, ...status },
      } as unknown as Node;
      const found = eligibleNodes([node]);
      assert.equal(found.length, takesPart ? 1 : 0);
      if (takesPart)
        assert.deepEqual(
          [...(found[0]?.addresses ?? [])],
          [
            ["IPv4", "192.0.2.1"],
            ["IPv6", "2001:db8::1"],
          ],
        );
    });
  }
});
