/** Conformance: whose address backends see. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import type { ConformanceHarness, TestClient, TestProtocol, Where } from "./conformance-harness.ts";
import { apply, placeOf, reply } from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const protocols = ["TCP", "UDP"] as const;
/** Where a backend may run. What is led to the node itself never has its source changed on the way. */
const backendPlaces = ["pod", "far-pod"] as const;

export const sourceTests: readonly ConformanceTest[] = [
  {
    name: "clients with one source port are kept apart",
    needs: ["several addresses"],
    async run(harness) {
      const port = await harness.freePort();
      const backends = [await harness.startBackend("one", "TCP")];
      await apply(harness, sketchTable(harness, [{ port, backends }]));
      const connect = async (client: TestClient, own: number) => {
        const { connection } = await client.connect(placeOf(harness, port), 5_000, own);
        assert.ok(connection, `${client.address}:${own}`);
        return connection;
      };
      const ports = [9_001, 9_002, 9_003];
      const connections = await Promise.all(
        harness.clients.flatMap((client) => ports.map((own) => connect(client, own))),
      );
      for (const [index, connection] of connections.entries()) {
        assert.equal(await connection.echo(`to ${index}`), `to ${index}`);
      }
      await Promise.all(connections.map((connection) => connection.close()));
    },
  },
  ...protocols.flatMap((protocol): ConformanceTest[] => [
    {
      name: `a node port hides the client behind the node, wherever the backend is (${protocol})`,
      needs: ["pods"],
      async run(harness) {
        for (const where of backendPlaces) {
          const port = await applyNodePort(harness, protocol, where);
          for (const client of [
            harness.clients[0],
            harness.clientAt("other-pod"),
            harness.clientAt("far-pod"),
          ]) {
            const { saw } = await reply(client, protocol, placeOf(harness, port));
            assert.ok(harness.nodeAddresses.includes(saw), `${client.address} was seen as ${saw}`);
          }
        }
      },
    },
    {
      name: `the node's own connections come from the node (${protocol})`,
      needs: ["pods"],
      async run(harness) {
        for (const where of backendPlaces) {
          const port = await applyNodePort(harness, protocol, where);
          const { saw } = await reply(harness.clientAt("node"), protocol, placeOf(harness, port));
          assert.ok(harness.nodeAddresses.includes(saw), `the node was seen as ${saw}`);
        }
      },
    },
    {
      name: `policy Local keeps the client's address (${protocol})`,
      needs: ["pods", "kept sources"],
      async run(harness) {
        const port = await harness.freePort();
        const local = [await harness.startBackend("here", protocol)];
        const all = [...local, await harness.startBackend("there", protocol, "far-pod")];
        await apply(
          harness,
          sketchTable(harness, [{ port, protocol, backends: local, internal: all, masquerade: false }]),
        );
        for (const client of [...harness.clients, harness.clientAt("far-pod")]) {
          assert.deepEqual(await reply(client, protocol, placeOf(harness, port)), {
            backend: "here",
            saw: client.address,
          });
        }
      },
    },
    {
      name: `a cluster address keeps the address of the node's pods, and hides all others (${protocol})`,
      needs: ["pods", "kept sources"],
      async run(harness) {
        const port = await harness.freePort();
        const [address = ""] = harness.clusterAddresses;
        for (const where of backendPlaces) {
          const backends = [await harness.startBackend(where, protocol, where)];
          await apply(
            harness,
            sketchTable(harness, [{ kind: "ClusterIP", address, port, protocol, backends }]),
          );
          const pod = harness.clientAt("other-pod");
          assert.equal((await reply(pod, protocol, { address, port })).saw, pod.address);
          for (const client of [harness.clients[0], harness.clientAt("node"), harness.clientAt("far-pod")]) {
            const { saw } = await reply(client, protocol, { address, port });
            assert.ok(harness.nodeAddresses.includes(saw), `${client.address} was seen as ${saw}`);
          }
        }
      },
    },
    {
      name: `a pod that is led to itself sees the node (${protocol})`,
      needs: ["pods"],
      async run(harness) {
        const port = await harness.freePort();
        const [cluster = ""] = harness.clusterAddresses;
        const [outside = ""] = harness.serviceAddresses;
        const [node = ""] = harness.nodeAddresses;
        const backends = [await harness.startBackend("itself", protocol)];
        await apply(
          harness,
          sketchTable(harness, [
            { kind: "ClusterIP", address: cluster, port, protocol, backends },
            { address: outside, port, protocol, backends, masquerade: false },
            { port, protocol, backends },
          ]),
        );
        for (const address of [cluster, outside, node]) {
          const { saw } = await reply(harness.clientAt("pod"), protocol, { address, port });
          assert.ok(harness.nodeAddresses.includes(saw), `through ${address} the pod saw ${saw}`);
        }
      },
    },
    {
      name: `a backend on the node itself answers (${protocol})`,
      needs: ["pods"],
      async run(harness) {
        const port = await applyNodePort(harness, protocol, "node");
        for (const where of ["node", "pod", "far-pod"] as const) {
          await reply(harness.clientAt(where), protocol, placeOf(harness, port));
        }
        await reply(harness.clients[0], protocol, placeOf(harness, port));
      },
    },
  ]),
];

async function applyNodePort(
  harness: ConformanceHarness,
  protocol: TestProtocol,
  where: Where,
): Promise<number> {
  const port = await harness.freePort();
  const backends = [await harness.startBackend(where, protocol, where)];
  await apply(harness, sketchTable(harness, [{ port, protocol, backends }]));
  return port;
}
