import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Backend, ForwardingTable, Frontend } from "../../forwarding/forwarding-table.ts";
import { backend, buildForwardingTable, frontendKey } from "../../forwarding/index.ts";
import { anyObjects } from "../../forwarding/testing/arbitraries.ts";
import { formatIpvsPlace, type IpvsOperation } from "../../netlink/ipvs/index.ts";
import { changesTo } from "../frontend-changes.ts";
import { chosenBackends } from "./chosen-scope.ts";
import { ServerController } from "./server-controller.ts";
import { placesOf } from "./server-place.ts";
import { FakeServers } from "./testing/fake-servers.ts";
import { ipvsPlace } from "./virtual-server.ts";

const one = backend("10.180.1.1", 8080, true);
const two = backend("10.180.2.1", 8080, false);
const nodePort = 30_080;

function tableOf(backends: readonly Backend[], change: Partial<Frontend> = {}): ForwardingTable {
  const target =
    backends.length > 0
      ? ({ kind: "forward", backends } as const)
      : ({ kind: "reject", reason: "no-endpoints" } as const);
  const frontend: Frontend = {
    key: frontendKey("NodePort", "IPv4", change.protocol ?? "TCP", undefined, nodePort),
    kind: "NodePort",
    family: "IPv4",
    protocol: "TCP",
    port: nodePort,
    service: { namespace: "default", name: "web", port: "" },
    external: target,
    internal: target,
    masquerade: true,
    ...change,
  };
  return {
    node: "node-a",
    nodePortAddresses: ["192.168.0.10"],
    nodeAddresses: ["192.168.0.10"],
    podCIDRs: [],
    frontends: new Map([[frontend.key, frontend]]),
  };
}

async function applyTo(controller: ServerController, table: ForwardingTable): Promise<void> {
  await controller.make(table, changesTo(table));
  await controller.finish();
}

/** `TCP 192.168.0.10:30080 -> 10.180.1.1:8080 1, 10.180.2.1:8080 0` */
function listing(kernel: FakeServers): readonly string[] {
  return [...kernel.servers.values()].map(({ server, reals }) => {
    const real = [...reals].map(([key, { weight }]) => `${key} ${weight}`).sort();
    return `${formatIpvsPlace(server.place)} ${server.scheduler} -> ${real.join(", ")}`;
  });
}

describe("ServerController", () => {
  test("keeps a real server with connections at weight 0 until they are gone", async () => {
    const kernel = new FakeServers();
    const controller = new ServerController(kernel, "rr");
    await applyTo(controller, tableOf([one, two]));
    const place = listing(kernel)[0]?.split(" rr")[0];
    const reals = [...kernel.servers.values()][0]?.reals;
    const leaving = reals?.get(one.key);
    assert.ok(leaving);
    leaving.connections = 1;
    await applyTo(controller, tableOf([two]));
    assert.deepEqual(listing(kernel), [`${place} rr -> ${one.key} 0, ${two.key} 1`]);
    leaving.connections = 0;
    await controller.drain();
    assert.deepEqual(listing(kernel), [`${place} rr -> ${two.key} 1`]);
  });

  test("keeps a virtual server whose Service is gone for its connections, and no longer", async () => {
    const kernel = new FakeServers();
    const controller = new ServerController(kernel, "rr");
    await applyTo(controller, tableOf([one, two]));
    const real = [...kernel.servers.values()][0]?.reals.get(two.key);
    assert.ok(real);
    real.connections = 1;
    await applyTo(controller, { ...tableOf([]), frontends: new Map() });
    assert.match(listing(kernel).join(), /-> 10\.180\.2\.1:8080 0$/);
    real.connections = 0;
    await controller.drain();
    assert.deepEqual(listing(kernel), []);
  });

  for (const { does, change, scheduler } of [
    { does: "removes a UDP endpoint that serves no more at once", change: { protocol: "UDP" } },
    { does: "removes at once what the scheduler dh would go on to choose", scheduler: "dh" },
  ] as const) {
    test(does, async () => {
      const kernel = new FakeServers();
      const controller = new ServerController(kernel, scheduler ?? "rr");
      await applyTo(controller, tableOf([one, two], change));
      for (const { reals } of kernel.servers.values())
        for (const real of reals.values()) real.connections = 1;
      await applyTo(controller, tableOf([two], change));
      assert.match(listing(kernel).join(), /-> 10\.180\.2\.1:8080 1$/);
    });
  }

  test("leaves a UDP flow on an endpoint that terminates as long as it serves", async () => {
    const kernel = new FakeServers();
    const controller = new ServerController(kernel, "rr");
    const serving = [one.key, two.key];
    await applyTo(controller, tableOf([one, two], { protocol: "UDP", serving }));
    for (const { reals } of kernel.servers.values()) for (const real of reals.values()) real.connections = 1;
    await applyTo(controller, tableOf([two], { protocol: "UDP", serving }));
    assert.match(listing(kernel).join(), /10\.180\.1\.1:8080 0, 10\.180\.2\.1:8080 1$/);
  });

  test("touches nobody else's virtual servers, and takes over one that is in its place", async () => {
    const kernel = new FakeServers();
    const [ours] = placesOf([...tableOf([]).frontends.values()][0] as Frontend, ["192.168.0.10"]);
    assert.ok(ours);
    const other = { ...ipvsPlace(ours), port: 443 };
    await kernel.change([
      { kind: "add-server", server: { place: ipvsPlace(ours), scheduler: "wlc" } },
      { kind: "add-server", server: { place: other, scheduler: "wlc" } },
    ]);
    await applyTo(new ServerController(kernel, "rr"), tableOf([one]));
    assert.deepEqual(
      [...kernel.servers.values()].map(({ server, reals }) => [server.scheduler, reals.size]),
      [
        ["rr", 1],
        ["wlc", 0],
      ],
    );
  });

  test("mends what others took away or added", async () => {
    const kernel = new FakeServers();
    const controller = new ServerController(kernel, "rr");
    await applyTo(controller, tableOf([one, two]));
    const wanted = listing(kernel);
    const place = [...kernel.servers.values()][0]?.server.place;
    assert.ok(place);
    const real = { address: one.address, port: one.port, weight: 7 };
    const disturbances: readonly (readonly IpvsOperation[])[] = [
      [{ kind: "delete-server", place }],
      [{ kind: "delete-real-server", place, real }],
      [{ kind: "change-real-server", place, real }],
      [{ kind: "add-real-server", place, real: { ...real, port: 9 } }],
      [{ kind: "change-server", server: { place, scheduler: "wlc" } }],
    ];
    for (const disturbance of disturbances) {
      await kernel.change(disturbance);
      assert.notDeepEqual(listing(kernel), wanted);
      await controller.heal();
      assert.deepEqual(listing(kernel), wanted);
    }
    const before = kernel.operations.length;
    await controller.heal();
    assert.equal(kernel.operations.length, before);
  });

  test("tells which frontend has no virtual server, and tries again", async () => {
    const kernel = new FakeServers();
    const change = kernel.change.bind(kernel);
    kernel.change = async (operations, isExpected) => {
      for (const operation of operations) isExpected?.(operation, "ENOENT");
    };
    const controller = new ServerController(kernel, "mh");
    await applyTo(controller, tableOf([one]));
    const problem = [...controller.problems().values()][0];
    assert.match(problem?.message ?? "", /"default\/web" has no virtual server .*modprobe ip_vs_mh/);
    kernel.change = change;
    await applyTo(controller, tableOf([one]));
    assert.equal(controller.problems().size, 0);
    assert.equal(kernel.servers.size, 1);
  });

  test("has what every table asks for, in any sequence, and finds nothing to do after a restart", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyObjects, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        async (worlds, seed) => {
          const kernel = new FakeServers();
          let controller = new ServerController(kernel, "rr");
          for (const [index, world] of worlds.entries()) {
            const { table } = buildForwardingTable(world);
            await applyTo(controller, table);
            assertHolds(kernel, table);
            const before = kernel.operations.length;
            controller = new ServerController(kernel, "rr");
            await applyTo(controller, table);
            assert.deepEqual(kernel.operations.slice(before), []);
            const all = [...kernel.servers.values()].flatMap(({ reals }) => [...reals.values()]);
            const busy = all[(seed + index) % Math.max(1, all.length)];
            if (busy) busy.connections = 1;
          }
        },
      ),
    );
  });
});

/** Every place has its real servers; what else is there has connections, and gets no more of them. */
function assertHolds(kernel: FakeServers, table: ForwardingTable): void {
  const wanted = new Map<string, readonly Backend[]>();
  const byAge = [...table.frontends.values()].sort(
    (a, b) => Number(b.kind === "NodePort") - Number(a.kind === "NodePort"),
  );
  for (const frontend of byAge) {
    for (const place of placesOf(frontend, table.nodePortAddresses))
      wanted.set(formatIpvsPlace(ipvsPlace(place)), chosenBackends(frontend) ?? []);
  }
  for (const [key, backends] of wanted) {
    const reals = kernel.servers.get(key)?.reals;
    const taking = [...(reals ?? [])].filter(([, { weight }]) => weight > 0).map(([real]) => real);
    assert.deepEqual(taking.sort(), backends.map((one) => one.key).sort(), key);
  }
  for (const [key, { reals }] of kernel.servers) {
    const backends = new Set(wanted.get(key)?.map((one) => one.key));
    for (const [real, { weight, connections }] of reals)
      if (!backends.has(real)) assert.ok(weight === 0 && connections > 0, `${key} ${real}`);
    assert.ok(reals.size > 0, `${key} has no real servers`);
  }
}
