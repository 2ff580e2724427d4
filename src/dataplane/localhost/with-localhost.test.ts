import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { backend, type ForwardingTable, type Frontend, frontendKey } from "../../forwarding/index.ts";
import { createFakeDataplane } from "../fake/fake-dataplane.ts";
import { withLocalhost } from "./with-localhost.ts";

const target = { kind: "forward", backends: [backend("10.180.0.1", 8080, true)] } as const;

function frontend(kind: Frontend["kind"], protocol: Frontend["protocol"], port: number): Frontend {
  const address = kind === "NodePort" ? undefined : "10.96.0.1";
  return {
    key: frontendKey(kind, "IPv4", protocol, address, port),
    kind,
    family: "IPv4",
    ...(address && { address }),
    protocol,
    port,
    service: { namespace: "default", name: "web", port: "" },
    external: target,
    internal: target,
    masquerade: true,
  };
}

function tableOn(nodePortAddresses: readonly string[]): ForwardingTable {
  const all = [
    frontend("NodePort", "TCP", 30080),
    frontend("NodePort", "UDP", 30080),
    frontend("ClusterIP", "TCP", 80),
  ];
  return {
    node: "node-a",
    nodePortAddresses,
    nodeAddresses: ["192.0.2.1"],
    podCIDRs: [],
    frontends: new Map(all.map((one) => [one.key, one])),
  };
}

function open() {
  const [kernel, sockets] = [createFakeDataplane(), createFakeDataplane()];
  let opened = 0;
  const dataplane = withLocalhost(kernel, async () => {
    opened += 1;
    return sockets;
  });
  return { kernel, sockets, dataplane, opened: () => opened };
}

describe("withLocalhost", () => {
  test("without loopback among the addresses there are no sockets, and the kernel gets the table itself", async () => {
    const { kernel, dataplane, opened } = open();
    const table = tableOn(["192.0.2.1"]);
    await dataplane.apply(table);
    assert.equal(kernel.applied[0], table);
    assert.equal(opened(), 0);
  });

  test("TCP NodePorts get sockets on loopback, and the kernel never hears of it", async () => {
    const { kernel, sockets, dataplane, opened } = open();
    const table = tableOn(["192.0.2.1", "127.0.0.1", "::1"]);
    await dataplane.apply(table);
    await dataplane.apply(table);
    assert.equal(opened(), 1);
    assert.deepEqual(kernel.applied[0]?.nodePortAddresses, ["192.0.2.1"]);
    assert.equal(kernel.applied[0]?.frontends, table.frontends);
    assert.deepEqual(sockets.applied[0]?.nodePortAddresses, ["127.0.0.1", "::1"]);
    assert.deepEqual([...(sockets.applied[0]?.frontends.keys() ?? [])], ["NodePort/IPv4/TCP/*:30080"]);
    // The node's own traffic: policy Local does not bind it.
    assert.ok(sockets.applied[0]?.nodeAddresses.includes("127.0.0.1"));
  });

  test("sockets close when loopback is not among the addresses any more, and with the dataplane", async () => {
    const { kernel, sockets, dataplane } = open();
    await dataplane.apply(tableOn(["127.0.0.1"]));
    await dataplane.apply(tableOn(["192.0.2.1"]));
    assert.deepEqual(sockets.applied[1]?.nodePortAddresses, []);
    await dataplane.close(0);
    assert.ok(kernel.closed && sockets.closed);
  });

  test("a port that another process holds on localhost is reported, once for each frontend", async () => {
    const { kernel, sockets, dataplane } = open();
    const key = "NodePort/IPv4/TCP/*:30080";
    const taken = { frontend: key, address: "127.0.0.1", code: "address-in-use", message: "taken" } as const;
    sockets.failWith([taken]);
    const table = tableOn(["127.0.0.1"]);
    assert.deepEqual(await dataplane.apply(table), { programmed: 2, problems: [taken] });
    const other = { frontend: key, code: "not-supported", message: "too many" } as const;
    kernel.failWith([other]);
    assert.deepEqual(await dataplane.apply(table), { programmed: 2, problems: [other, taken] });
  });
});
