/** What the IPVS dataplane does beside forwarding: what people see of it, what the node keeps from others, and the end of it. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { onlyInVm } from "../../../test/support/only-in-vm.ts";
import { runIn, testNamespace } from "../../kernel/testing/kernel-test.ts";
import type { ConformanceHarness, TestBackend } from "../conformance-harness.ts";
import { answered, apply, connected, placeOf, probe } from "../conformance-steps.ts";
import { sketchTable } from "../conformance-tables.ts";
import { runOnNode, wipeIpvs } from "../testing/ipvs-command.ts";
import { createNamespaceHarness } from "../testing/namespace-harness.ts";
import { runIp } from "../testing/network-namespaces.ts";
import { runNft } from "../testing/nft-command.ts";
import { type NodeWorld, openNodeWorld } from "../testing/node-world.ts";
import { openIpvsDataplane } from "./index.ts";
import { schedulers } from "./schedulers.ts";

const host = new URL("../testing/ipvs-host.ts", import.meta.url);
const cleanup = new URL("../testing/ipvs-cleanup.ts", import.meta.url).pathname;

describe("a node with the IPVS dataplane", { timeout: 300_000, ...onlyInVm }, () => {
  let world: NodeWorld;
  let harness: ConformanceHarness;
  let backend: TestBackend;
  let port = 0;
  let vip = "";

  before(async () => {
    world = await openNodeWorld();
  });
  after(() => world.close());
  beforeEach(async () => {
    harness = await createNamespaceHarness(world, "IPv4", { host, wipe: async () => wipeIpvs(world) });
    backend = await harness.startBackend("one", "TCP");
    port = await harness.freePort();
    vip = harness.serviceAddresses[0] ?? "";
  });
  afterEach(() => harness.close());

  const serve = () =>
    apply(
      harness,
      sketchTable(harness, [
        { port, backends: [backend] },
        { port, address: vip, backends: [backend] },
      ]),
    );

  test("shows its virtual servers by address and port, and has no address that others would take for the node's", async () => {
    const addresses = () => runOnNode(world, "ip -brief -4 address show");
    const before = addresses();
    await serve();
    const saved = runOnNode(world, "ipvsadm --save --numeric").split("\n");
    for (const address of [...harness.nodeAddresses, vip]) {
      const real = `-a -t ${address}:${port} -r ${backend.address}:${backend.port} -m -w 1`;
      assert.ok(saved.includes(real), `${real} is not in ${saved.join("\n")}`);
    }
    assert.equal(addresses(), before);
  });

  test("leads nothing but what frontends serve at a load balancer's address, and answers no ARP request for it", async () => {
    await serve();
    const [client] = harness.clients;
    const daemon = await world.peers.node.call("startBackend", {
      name: "daemon",
      protocol: "TCP",
      address: "0.0.0.0",
    });
    const atDaemon = await probe(client, "TCP", { address: vip, port: daemon.port });
    assert.notEqual(atDaemon.outcome, "reply");
    await world.peers.node.call("stopBackend", daemon.handle);
    const onLink = `${vip}/32 dev eth0`;
    runIp(world.namespaces.client, [`route add ${onLink}`]);
    try {
      const { outcome } = await probe(client, "TCP", { address: vip, port });
      assert.notEqual(outcome, "reply");
    } finally {
      runIp(world.namespaces.client, [`route del ${onLink}`]);
    }
    assert.equal(await answered(client, "TCP", { address: vip, port }), "one");
  });

  test("goes on hearing from a client whose own address is an external one of a Service", async () => {
    const [client] = harness.clients;
    await apply(
      harness,
      sketchTable(harness, [
        { port, backends: [backend] },
        { port, address: client.address, backends: [backend] },
      ]),
    );
    assert.equal(await answered(client, "TCP", placeOf(harness, port)), "one");
  });

  test("leaves the virtual servers of others alone, and nothing of its own after cleanup", async () => {
    runOnNode(world, "ipvsadm --add-service --tcp-service 192.0.2.1:443 --scheduler wlc");
    await serve();
    await answered(harness.clients[0], "TCP", placeOf(harness, port));
    assert.match(runOnNode(world, `${process.execPath} ${cleanup}`), /^Removed 3 virtual servers/);
    assert.equal(runOnNode(world, "ipvsadm --save --numeric"), "-A -t 192.0.2.1:443 -s wlc\n");
    assert.equal(runNft(world, "list tables"), "");
    assert.equal(runOnNode(world, "ip rule show priority 90"), "");
    assert.deepEqual(runOnNode(world, "ip route show table all").match(/.*table 30000.*/g), null);
    assert.equal(runOnNode(world, `${process.execPath} ${cleanup}`), "");
  });

  test("keeps a connection to an endpoint that left, and removes the endpoint when it is over", async () => {
    const other = await harness.startBackend("two", "TCP", "other-pod");
    await serve();
    const connection = await connected(harness.clients[0], placeOf(harness, port));
    await apply(harness, sketchTable(harness, [{ port, backends: [other] }]));
    const reals = () => runOnNode(world, "ipvsadm --list --numeric");
    assert.match(reals(), new RegExp(`-> ${backend.address}:${backend.port} +Masq +0 +1 `));
    assert.equal(await connection.echo("still there?"), "still there?");
    await connection.close();
  });

  test("the kernel takes every scheduler", async (t) => {
    const namespace = await testNamespace(t);
    runIn(namespace, "ip", "link", "set", "lo", "up");
    for (const scheduler of schedulers) {
      const dataplane = await openIpvsDataplane({ scheduler, namespace });
      const { problems } = await dataplane.apply(sketchTable(harness, [{ port, backends: [backend] }]));
      await dataplane.close();
      assert.deepEqual(problems, []);
      assert.match(runIn(namespace, "ipvsadm", "--list", "--numeric"), new RegExp(`:${port} ${scheduler} `));
    }
  });
});
