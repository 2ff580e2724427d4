import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openRouteControl } from "./route.ts";
import { watchRoute } from "./route-events.ts";
import { ipJson, needsRoot, testNamespace, withoutLeaks } from "./testing/kernel-test.ts";

/** Index of a link that must be there. */
async function indexOf(control: Awaited<ReturnType<typeof openRouteControl>>, name: string): Promise<number> {
  const link = await control.findLink(name);
  assert.ok(link, `no link "${name}"`);
  return link.index;
}

const waitMs = 5;

test("two namespaces are joined by a veth pair, with addresses and routes", needsRoot, async (t) => {
  const [a, b] = [await testNamespace(t), await testNamespace(t)];
  await using inA = await openRouteControl(a);
  await using inB = await openRouteControl(b);
  await inA.addLink({ kind: "veth", name: "to-b", peer: { name: "to-a", namespace: b.fd } });
  const [toB, toA] = [await indexOf(inA, "to-b"), await indexOf(inB, "to-a")];
  await inA.changeLink(toB, { up: true });
  await inB.changeLink(toA, { up: true, mtu: 1400, address: "02:00:00:00:00:0b" });
  await inA.addAddress({ linkIndex: toB, address: "10.1.0.1/24" });
  await inB.addAddress({ linkIndex: toA, address: "10.1.0.2/24" });
  await inB.addAddress({ linkIndex: toA, address: "fd00:1::2/64", noDuplicateDetection: true });
  await inA.addRoute({ destination: "10.9.0.0/16", via: "10.1.0.2" });

  const [said] = ipJson(b, "addr", "show", "dev", "to-a");
  assert.equal(said.mtu, 1400);
  assert.equal(said.address, "02:00:00:00:00:0b");
  const addresses = said.addr_info.map(
    ({ local, prefixlen }: { local: string; prefixlen: number }) => `${local}/${prefixlen}`,
  );
  assert.deepEqual(
    addresses.filter((text: string) => !text.startsWith("fe80")),
    ["10.1.0.2/24", "fd00:1::2/64"],
  );
  const [route] = ipJson(a, "route", "get", "10.9.8.7");
  assert.deepEqual([route.gateway, route.dev, route.prefsrc], ["10.1.0.2", "to-b", "10.1.0.1"]);
  // The kernel tells of the other end's being up a moment later (net/core/link_watch.c).
  let link = await inB.findLink("to-a");
  while (!link?.running) {
    await delay(waitMs);
    link = await inB.findLink("to-a");
  }
  assert.deepEqual(link, {
    index: toA,
    name: "to-a",
    kind: "veth",
    address: "02:00:00:00:00:0b",
    mtu: 1400,
    up: true,
    running: true,
    loopback: false,
  });
});

test("links are made, renamed, put on a bridge, moved and deleted", needsRoot, async (t) => {
  const [a, b] = [await testNamespace(t), await testNamespace(t)];
  await using control = await openRouteControl(a);
  await control.addLink({ kind: "bridge", name: "br0" });
  await control.addLink({ kind: "veth", name: "v0", peer: { name: "v1" } });
  const [bridge, v0, v1] = [
    await indexOf(control, "br0"),
    await indexOf(control, "v0"),
    await indexOf(control, "v1"),
  ];
  await control.changeLink(v0, { name: "port", masterIndex: bridge });
  assert.equal(ipJson(a, "link", "show", "port")[0].master, "br0");
  assert.equal((await control.findLink("port"))?.masterIndex, bridge);
  await control.changeLink(v0, { masterIndex: 0 });
  assert.equal(ipJson(a, "link", "show", "port")[0].master, undefined);
  await control.changeLink(v1, { namespace: b.fd });
  assert.equal(await control.findLink("v1"), undefined);
  assert.equal(ipJson(b, "link", "show", "v1").length, 1);
  const kinds = (await control.listLinks()).map(({ name, kind, loopback }) => [name, kind, loopback]);
  assert.deepEqual(
    kinds.filter(([name]) => ["lo", "br0", "port"].includes(String(name))),
    [
      ["lo", undefined, true],
      ["br0", "bridge", false],
      ["port", "veth", false],
    ],
  );
  await control.deleteLink(v0);
  assert.throws(() => ipJson(b, "link", "show", "v1"));
});

test("addresses are listed by family and link, replaced and deleted", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using control = await openRouteControl(namespace);
  await control.changeLink(1, { up: true });
  await control.addLink({ kind: "bridge", name: "br0" });
  const bridge = await indexOf(control, "br0");
  await control.addAddress({ linkIndex: bridge, address: "10.1.0.1/24", scope: "link" });
  await control.addAddress({ linkIndex: bridge, address: "10.1.0.2/32" });
  await control.addAddress({ linkIndex: 1, address: "fd00:1::1/128", noDuplicateDetection: true });
  await control.addAddress({ linkIndex: bridge, address: "10.1.0.1/24" }, { replace: true });
  const short = (addresses: Awaited<ReturnType<typeof control.listAddresses>>) =>
    addresses.map(
      ({ linkIndex, address, prefixLength, scope }) => `${linkIndex} ${address}/${prefixLength} ${scope}`,
    );
  assert.deepEqual(short(await control.listAddresses({ linkIndex: bridge })), [
    `${bridge} 10.1.0.1/24 link`,
    `${bridge} 10.1.0.2/32 global`,
  ]);
  assert.deepEqual(short(await control.listAddresses({ family: "IPv6" })).sort(), [
    "1 ::1/128 host",
    "1 fd00:1::1/128 global",
  ]);
  assert.deepEqual(short(await control.listAddresses({ family: "IPv4", linkIndex: 1 })), [
    "1 127.0.0.1/8 host",
  ]);
  await control.deleteAddress({ linkIndex: bridge, address: "10.1.0.1/24" });
  assert.deepEqual(short(await control.listAddresses({ linkIndex: bridge })), [
    `${bridge} 10.1.0.2/32 global`,
  ]);
});

test("routes of all types and tables are added, replaced, listed and deleted", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using control = await openRouteControl(namespace);
  await control.addLink({ kind: "bridge", name: "br0" });
  const linkIndex = await indexOf(control, "br0");
  await control.changeLink(linkIndex, { up: true });
  await control.addAddress({ linkIndex, address: "10.1.0.1/24" });
  const wanted = [
    { destination: "10.2.0.0/16", via: "10.1.0.9", linkIndex, table: 100 },
    { destination: "0.0.0.0/0", via: "10.1.0.8", linkIndex, table: 1000, metric: 7 },
    { destination: "10.3.0.0/16", type: "blackhole", table: 100 },
  ] as const;
  for (const route of wanted) await control.addRoute(route);
  await control.addRoute({ ...wanted[0], via: "10.1.0.7" }, { replace: true });
  await control.addRoute({ destination: "fd00:5::/64", linkIndex, table: 100 });
  assert.deepEqual(
    (await control.listRoutes("IPv4", { table: 100 })).map(({ destination, via, type }) => [
      destination,
      via,
      type,
    ]),
    [
      ["10.2.0.0/16", "10.1.0.7", "unicast"],
      ["10.3.0.0/16", undefined, "blackhole"],
    ],
  );
  const [there] = await control.listRoutes("IPv4", { table: 1000 });
  assert.deepEqual(there, { ...wanted[1], family: "IPv4", type: "unicast" });
  assert.deepEqual(await control.listRoutes("IPv4", { table: 4711 }), []);
  assert.equal((await control.listRoutes("IPv6", { table: 100 }))[0]?.destination, "fd00:5::/64");
  const said = ipJson(namespace, "route", "show", "table", "1000");
  assert.deepEqual([said[0].dst, said[0].gateway, said[0].metric], ["default", "10.1.0.8", 7]);
  await control.deleteRoute({ destination: "10.3.0.0/16", table: 100 });
  await control.deleteRoute({ destination: "10.2.0.0/16", table: 100 });
  assert.deepEqual(await control.listRoutes("IPv4", { table: 100 }), []);
});

test("neighbours and rules are added, listed and deleted", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using control = await openRouteControl(namespace);
  await control.addLink({ kind: "bridge", name: "br0" });
  const linkIndex = await indexOf(control, "br0");
  await control.changeLink(linkIndex, { up: true });
  const neighbour = { linkIndex, address: "10.1.0.9", linkLayerAddress: "02:00:00:00:00:09" };
  await control.addNeighbour(neighbour);
  await control.addNeighbour({ ...neighbour, linkLayerAddress: "02:00:00:00:00:0a" }, { replace: true });
  assert.equal(ipJson(namespace, "neigh", "show", "dev", "br0")[0].lladdr, "02:00:00:00:00:0a");
  const permanent = async () =>
    (await control.listNeighbours({ linkIndex })).filter((found) => found.permanent);
  assert.deepEqual(await permanent(), [
    { ...neighbour, family: "IPv4", linkLayerAddress: "02:00:00:00:00:0a", permanent: true },
  ]);
  await control.deleteNeighbour(neighbour);
  assert.deepEqual(await permanent(), []);

  const rule = {
    family: "IPv4",
    from: "10.5.0.0/16",
    mark: 0x10,
    mask: 0xf0,
    table: 1000,
    priority: 77,
  } as const;
  await control.addRule(rule);
  const said = ipJson(namespace, "-4", "rule", "show", "priority", "77")[0];
  assert.deepEqual(
    [said.src, said.srclen, said.fwmark, said.fwmask, said.table],
    ["10.5.0.0", 16, "0x10", "0xf0", "1000"],
  );
  assert.deepEqual(
    (await control.listRules("IPv4")).find(({ priority }) => priority === 77),
    {
      ...rule,
      action: "lookup",
    },
  );
  await control.deleteRule(rule);
  assert.equal((await control.listRules("IPv4")).length, 3);
});

test("errors name what was wanted and where", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using control = await openRouteControl(namespace);
  const where = `in the network namespace "${namespace.name}"`;
  await control.addAddress({ linkIndex: 1, address: "10.1.0.1/24" });
  const rows: readonly [() => Promise<unknown>, string, string][] = [
    [
      () => control.addAddress({ linkIndex: 1, address: "10.1.0.1/24" }),
      "EEXIST",
      `Cannot add the address 10.1.0.1/24 to link 1 ${where}: file already exists (EEXIST)`,
    ],
    [
      () => control.changeLink(4711, { up: true }),
      "ENODEV",
      `Cannot change link 4711 to {"up":true} ${where}`,
    ],
    [
      () => control.addRoute({ destination: "10.9.0.0/16", via: "10.77.0.1" }),
      "ENETUNREACH",
      `Cannot add the route 10.9.0.0/16 via 10.77.0.1 ${where}`,
    ],
    [
      () => control.deleteRoute({ destination: "10.9.0.0/16" }),
      "ESRCH",
      "Cannot delete the route 10.9.0.0/16",
    ],
  ];
  for (const [run, code, message] of rows)
    await assert.rejects(run, (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.ok(error.message.startsWith(message), error.message);
      return true;
    });
  await assert.rejects(control.addRoute({ destination: "10.9.0.0/40" }), /"10.9.0.0\/40" is no IP prefix/);
});

test("what changes is told: addresses, links and routes", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using control = await openRouteControl(namespace);
  const told: string[] = [];
  let wake = () => {};
  const tell = (text: string) => {
    told.push(text);
    wake();
  };
  using _ = await watchRoute(
    {
      address: ({ kind, address }) => tell(`address ${address.address} ${kind}`),
      link: ({ kind, link }) => tell(`link ${link.name} ${kind}`),
      route: ({ kind, route }) => tell(`route ${route.type} ${route.destination} ${kind}`),
      lost: () => tell("lost"),
    },
    namespace,
  );
  const see = async (text: string) => {
    while (!told.includes(text)) await new Promise<void>((resolve) => (wake = resolve));
  };
  await control.addLink({ kind: "bridge", name: "br0" });
  await see("link br0 added");
  const linkIndex = await indexOf(control, "br0");
  await control.changeLink(linkIndex, { up: true });
  await control.addAddress({ linkIndex, address: "10.1.0.1/24" });
  await see("address 10.1.0.1 added");
  await control.addRoute({ destination: "10.7.0.0/16", type: "blackhole" });
  await see("route blackhole 10.7.0.0/16 added");
  await control.deleteRoute({ destination: "10.7.0.0/16" });
  await see("route blackhole 10.7.0.0/16 removed");
  await control.deleteAddress({ linkIndex, address: "10.1.0.1/24" });
  await see("address 10.1.0.1 removed");
  await control.deleteLink(linkIndex);
  await see("link br0 removed");
  assert.ok(!told.includes("lost"));
});

test("a network that is opened and closed leaves no descriptors behind", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await withoutLeaks(async () => {
    await using control = await openRouteControl(namespace);
    await control.listAddresses();
    await assert.rejects(control.deleteLink(4711));
  });
});
