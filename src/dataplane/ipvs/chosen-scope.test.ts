import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Frontend, Target } from "../../forwarding/forwarding-table.ts";
import { backend, frontendKey } from "../../forwarding/index.ts";
import { chosenBackends, isByVirtualServer } from "./chosen-scope.ts";

const here = backend("10.180.1.1", 8080, true);
const there = backend("10.180.2.1", 8080, false);
const local: Target = { kind: "forward", backends: [here] };
const cluster: Target = { kind: "forward", backends: [here, there] };
const sameAsCluster: Target = { kind: "forward", backends: [{ ...here }, { ...there }] };
const drop: Target = { kind: "drop", reason: "no-local-endpoints" };
const reject: Target = { kind: "reject", reason: "no-endpoints" };

function frontend(external: Target, internal: Target, change: Partial<Frontend> = {}): Frontend {
  return {
    key: frontendKey("NodePort", "IPv4", "TCP", undefined, 30_080),
    kind: "NodePort",
    family: "IPv4",
    protocol: "TCP",
    port: 30_080,
    service: { namespace: "default", name: "web", port: "" },
    external,
    internal,
    masquerade: true,
    ...change,
  };
}

describe("a virtual server", () => {
  const rows = [
    {
      name: "has the endpoints that all are led to",
      of: frontend(cluster, sameAsCluster),
      for: [true, true],
    },
    {
      name: "has the outsiders' where the node's are others",
      of: frontend(local, cluster),
      for: [true, false],
    },
    { name: "has the node's where outsiders get silence", of: frontend(drop, cluster), for: [false, true] },
    { name: "is not there where nobody serves", of: frontend(reject, reject), for: [false, false] },
    {
      name: "is not there where clients stick to endpoints",
      of: frontend(cluster, cluster, { affinitySeconds: 10 }),
      for: [false, false],
    },
    {
      name: "has the outsiders' where the node's have other weights",
      of: frontend(cluster, { kind: "forward", backends: [here, { ...there, weight: 2 }] }),
      for: [true, false],
    },
  ] as const;
  for (const row of rows) {
    test(row.name, () => {
      const scopes = ["external", "internal"] as const;
      assert.deepEqual(
        scopes.map((scope) => isByVirtualServer(row.of, scope)),
        row.for,
      );
      const [first] = scopes.filter((scope) => isByVirtualServer(row.of, scope));
      const target = first && row.of[first];
      assert.deepEqual(chosenBackends(row.of), target?.kind === "forward" ? target.backends : undefined);
    });
  }
});
