/** Conformance: Services' own addresses, and ports of them that nobody asked for. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import { answered, apply, placeOf, refused, startBackends } from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const protocols = ["TCP", "UDP"] as const;

export const addressTests: readonly ConformanceTest[] = [
  ...protocols.flatMap((protocol): ConformanceTest[] => [
    {
      name: `a port that the Service does not have is refused at its cluster address (${protocol})`,
      needs: ["pods"],
      async run(harness) {
        const [port, unserved] = [await harness.freePort(), await harness.freePort()];
        const [address = ""] = harness.clusterAddresses;
        const backends = await startBackends(harness, protocol, ["one"]);
        await apply(
          harness,
          sketchTable(harness, [{ kind: "ClusterIP", address, port, protocol, backends }]),
        );
        for (const where of ["node", "pod", "far-pod"] as const) {
          const client = harness.clientAt(where);
          await answered(client, protocol, { address, port });
          await refused(client, protocol, { address, port: unserved });
        }
      },
    },
    {
      name: `a cluster address, an external one, a load balancer's and a node port lead to one Service (${protocol})`,
      needs: ["pods"],
      async run(harness) {
        const port = await harness.freePort();
        const [cluster = ""] = harness.clusterAddresses;
        const [vip = "", external = ""] = harness.serviceAddresses;
        const backends = await startBackends(harness, protocol, ["one"]);
        await apply(
          harness,
          sketchTable(harness, [
            { kind: "ClusterIP", address: cluster, port: 80, protocol, backends },
            { kind: "ExternalIP", address: external, port: 80, protocol, backends },
            { kind: "LoadBalancerIP", address: vip, port: 80, protocol, backends },
            { port, protocol, backends },
          ]),
        );
        const places = [
          ...[cluster, external, vip].map((address) => ({ address, port: 80 })),
          ...harness.nodeAddresses.map((address) => ({ address, port })),
        ];
        for (const where of ["node", "pod", "other-pod", "far-pod"] as const) {
          for (const place of places) await answered(harness.clientAt(where), protocol, place);
        }
        for (const place of places) await answered(harness.clients[0], protocol, place);
      },
    },
  ]),
  {
    name: "an address of the node that a Service has goes before a node port with the same number",
    needs: ["pods"],
    async run(harness) {
      const port = await harness.freePort();
      const [first = "", second = ""] = harness.nodeAddresses;
      const [one, two] = await startBackends(harness, "TCP", ["external", "node-port"]);
      assert.ok(one && two);
      const table = sketchTable(harness, [
        { kind: "ExternalIP", address: first, port, backends: [one] },
        { port, backends: [two], service: "other" },
      ]);
      // A dataplane may tell that the node port is not served on that address.
      await harness.dataplane.apply(table);
      const [client] = harness.clients;
      assert.equal(await answered(client, "TCP", { address: first, port }), "external");
      assert.equal(await answered(client, "TCP", { address: second, port }), "node-port");
    },
  },
  {
    name: "a place passes from one kind of address and one Service to another",
    needs: ["several addresses"],
    async run(harness) {
      const port = await harness.freePort();
      const [address = ""] = harness.serviceAddresses;
      const [one, two] = await startBackends(harness, "TCP", ["one", "two"]);
      assert.ok(one && two);
      for (const [kind, backend] of [
        ["ExternalIP", one],
        ["LoadBalancerIP", two],
        ["ExternalIP", two],
      ] as const) {
        const sketch = { kind, address, port, backends: [backend], service: backend.name };
        await apply(harness, sketchTable(harness, [sketch]));
        assert.equal(await answered(harness.clients[0], "TCP", { address, port }), backend.name);
      }
      await apply(harness, sketchTable(harness, [{ address, port, backends: "reject" }]));
      await refused(harness.clients[0], "TCP", { address, port });
    },
  },
  {
    name: "two hundred node ports in one table all answer, and none after the next",
    async run(harness) {
      const backends = await startBackends(harness, "TCP", ["one"]);
      const ports: number[] = [];
      for (let count = 0; count < 200; count++) ports.push(await harness.freePort());
      const unique = [...new Set(ports)];
      await apply(
        harness,
        sketchTable(
          harness,
          unique.map((port) => ({ port, backends, service: `s-${port}` })),
        ),
      );
      const [client] = harness.clients;
      await Promise.all(unique.map((port) => answered(client, "TCP", placeOf(harness, port))));
      await apply(harness, sketchTable(harness, []));
      await Promise.all(unique.map((port) => refused(client, "TCP", placeOf(harness, port))));
    },
  },
];
