/** Conformance: what a table says for the whole node, beside its frontends. */
import assert from "node:assert/strict";
import type { ForwardingTable } from "../forwarding/index.ts";
import type { ConformanceTest } from "./conformance.ts";
import { startLoad } from "./conformance-load.ts";
import {
  answered,
  apply,
  connected,
  placeOf,
  probe,
  reply,
  silent,
  startBackends,
} from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const protocols = ["TCP", "UDP"] as const;
/** Enough to see whether answers from one who serves nobody come at all. */
const patienceMs = 250;

export const optionTests: readonly ConformanceTest[] = [
  ...protocols.flatMap((protocol): ConformanceTest[] => [
    {
      name: `pods hide behind the node at cluster addresses, too, where all are to be masqueraded (${protocol})`,
      needs: ["pods", "kept sources"],
      async run(harness) {
        const port = await harness.freePort();
        const [address = ""] = harness.clusterAddresses;
        const backends = await startBackends(harness, protocol, ["one"]);
        const table = sketchTable(harness, [{ kind: "ClusterIP", address, port, protocol, backends }]);
        const pod = harness.clientAt("other-pod");
        await apply(harness, { ...table, masqueradeAll: true });
        const { saw } = await reply(pod, protocol, { address, port });
        assert.ok(harness.nodeAddresses.includes(saw), `${pod.address} was seen as ${saw}`);
        await apply(harness, table);
        assert.equal((await reply(pod, protocol, { address, port })).saw, pod.address);
      },
    },
    {
      name: `an address of the service range that no Service has answers nobody (${protocol})`,
      needs: ["pods", "packets"],
      async run(harness) {
        const port = await harness.freePort();
        const [address = "", unused = ""] = harness.clusterAddresses;
        const backends = await startBackends(harness, protocol, ["one"]);
        const serviceCIDRs = [harness.packets?.serviceCIDR ?? ""];
        const table = sketchTable(harness, [{ kind: "ClusterIP", address, port, protocol, backends }]);
        await apply(harness, { ...table, serviceCIDRs });
        for (const where of ["pod", "far-pod", "node"] as const) {
          await answered(harness.clientAt(where), protocol, { address, port });
          await silent(harness.clientAt(where), protocol, { address: unused, port });
        }
      },
    },
    {
      name: `pods that are known by their interfaces are the node's own (${protocol})`,
      needs: ["pods", "kept sources", "packets"],
      async run(harness) {
        const port = await harness.freePort();
        const [cluster = ""] = harness.clusterAddresses;
        const there = [await harness.startBackend("there", protocol, "far-pod")];
        const { podCIDRs: _, ...rest } = sketchTable(harness, [
          { port, protocol, backends: "drop", internal: there, masquerade: false },
          { kind: "ClusterIP", address: cluster, port, protocol, backends: there },
        ]);
        const isOwn = async (where: "pod" | "other-pod" | "far-pod") => {
          const client = harness.clientAt(where);
          const { saw } = await reply(client, protocol, { address: cluster, port });
          const { outcome } = await probe(client, protocol, placeOf(harness, port), patienceMs);
          assert.equal(outcome === "reply", saw === client.address, `${where} was seen as ${saw}`);
          return outcome === "reply";
        };
        const seen = async (podInterfaces: ForwardingTable["podInterfaces"] & object) => {
          await apply(harness, { ...rest, podCIDRs: [], podInterfaces });
          return [await isOwn("pod"), await isOwn("other-pod"), await isOwn("far-pod")];
        };
        const { podInterfacePrefix = "", podInterface = "" } = harness.packets ?? {};
        assert.deepEqual(await seen({ kind: "prefix", name: podInterfacePrefix }), [true, true, false]);
        assert.deepEqual(await seen({ kind: "bridge", name: podInterface }), [true, false, false]);
      },
    },
  ]),
  {
    name: "nobody notices that the options for the whole node change",
    async run(harness) {
      const port = await harness.freePort();
      const backends = await startBackends(harness, "TCP", ["one", "two"]);
      const table = sketchTable(harness, [{ port, backends }]);
      await apply(harness, table);
      const connection = await connected(harness.clients[0], placeOf(harness, port));
      const load = startLoad(harness, "TCP", placeOf(harness, port));
      for (const options of [
        { masqueradeBit: 3 },
        { masqueradeBit: 31 },
        { masqueradeAll: true },
        { masqueradeBit: 0, masqueradeAll: true },
        {},
      ]) {
        await apply(harness, { ...table, ...options });
        await load.another();
        assert.equal(await connection.echo("still there?"), "still there?");
      }
      await load.stop();
      await connection.close();
    },
  },
];
