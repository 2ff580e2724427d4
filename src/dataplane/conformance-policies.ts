/** Conformance: traffic policies, which a table states as one target for what comes from outside and one for the rest. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import type { ConformanceHarness, TestBackend, TestProtocol } from "./conformance-harness.ts";
import { answered, apply, only, placeOf, refused, silent, whoAnswers } from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const protocols = ["TCP", "UDP"] as const;
const onNode = ["node", "pod", "other-pod"] as const;

export const policyTests: readonly ConformanceTest[] = protocols.flatMap((protocol): ConformanceTest[] => [
  {
    name: `a Local node port leads outsiders to the node's own backends, and the node and its pods to all (${protocol})`,
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const { here, everywhere } = await hereAndThere(harness, protocol);
      await apply(
        harness,
        sketchTable(harness, [{ port, protocol, backends: here, internal: everywhere, masquerade: false }]),
      );
      const place = placeOf(harness, port);
      for (const client of [harness.clients[0], harness.clientAt("far-pod")]) {
        assert.deepEqual([...(await whoAnswers(client, protocol, place, 12))], ["here"]);
      }
      for (const where of onNode) {
        const seen = await whoAnswers(harness.clientAt(where), protocol, place, 24);
        assert.deepEqual([...seen].sort(), ["here", "there"], where);
      }
    },
  },
  {
    name: `a Local node port without a backend here is silent to outsiders alone (${protocol})`,
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const [vip = ""] = harness.serviceAddresses;
      const there = [await harness.startBackend("there", protocol, "far-pod")];
      const rules = { port, protocol, backends: "drop", internal: there, masquerade: false } as const;
      await apply(harness, sketchTable(harness, [rules, { ...rules, address: vip }]));
      for (const place of [placeOf(harness, port), { address: vip, port }]) {
        for (const client of [harness.clients[0], harness.clientAt("far-pod")]) {
          await silent(client, protocol, place);
        }
        for (const where of onNode) {
          assert.equal(await answered(harness.clientAt(where), protocol, place), "there", where);
        }
      }
    },
  },
  {
    name: `a cluster address with internal policy Local leads to the node's own backends, else nowhere (${protocol})`,
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const [first = "", second = ""] = harness.clusterAddresses;
      const { here } = await hereAndThere(harness, protocol);
      await apply(
        harness,
        sketchTable(harness, [
          { kind: "ClusterIP", address: first, port, protocol, backends: here },
          { kind: "ClusterIP", address: second, port, protocol, backends: "drop", service: "elsewhere" },
        ]),
      );
      for (const where of onNode) {
        const client = harness.clientAt(where);
        assert.equal(await answered(client, protocol, { address: first, port }), "here", where);
        await silent(client, protocol, { address: second, port });
      }
    },
  },
  {
    name: `where nobody serves, everybody is refused on every address (${protocol})`,
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const [cluster = ""] = harness.clusterAddresses;
      const [outside = ""] = harness.serviceAddresses;
      const [node = ""] = harness.nodeAddresses;
      const rules = { port, protocol, backends: "reject" } as const;
      await apply(
        harness,
        sketchTable(harness, [
          rules,
          { ...rules, kind: "ClusterIP", address: cluster },
          { ...rules, address: outside },
        ]),
      );
      for (const address of [cluster, outside, node]) {
        for (const where of [...onNode, "far-pod"] as const) {
          await refused(harness.clientAt(where), protocol, { address, port });
        }
        await refused(harness.clients[0], protocol, { address, port });
      }
    },
  },
  {
    name: `source ranges bind a load balancer's address for all, and no other address (${protocol})`,
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const [cluster = ""] = harness.clusterAddresses;
      const [vip = "", external = ""] = harness.serviceAddresses;
      const [node = ""] = harness.nodeAddresses;
      const pod = harness.clientAt("pod");
      const [outsider] = harness.clients;
      const backends = [await harness.startBackend("one", protocol, "other-pod")];
      const rules = { port, protocol, backends } as const;
      await apply(
        harness,
        sketchTable(harness, [
          rules,
          { ...rules, kind: "ClusterIP", address: cluster },
          { ...rules, kind: "ExternalIP", address: external },
          { ...rules, address: vip, sourceRanges: [only(pod), only(harness.clientAt("node"))] },
        ]),
      );
      for (const client of [pod, harness.clientAt("node")])
        await answered(client, protocol, { address: vip, port });
      for (const client of [outsider, harness.clientAt("other-pod"), harness.clientAt("far-pod")]) {
        await silent(client, protocol, { address: vip, port });
        for (const address of [cluster, external, node]) await answered(client, protocol, { address, port });
      }
    },
  },
]);

async function hereAndThere(
  harness: ConformanceHarness,
  protocol: TestProtocol,
): Promise<{ readonly here: readonly TestBackend[]; readonly everywhere: readonly TestBackend[] }> {
  const here = await harness.startBackend("here", protocol);
  const there = await harness.startBackend("there", protocol, "far-pod");
  return { here: [here], everywhere: [here, there] };
}
