import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type MessageFormat, readMessageHeader } from "../codec/index.ts";
import * as route from "./index.ts";

/** What each command of the recording is here. Links: lo 1, br0 2, v1 3, v0 and w0 4, v2 5. */
const messages: Readonly<Record<string, () => Uint8Array>> = {
  "link add br0 type bridge": () => route.encodeAddLink({ kind: "bridge", name: "br0" }),
  "link add v0 type veth peer name v1": () =>
    route.encodeAddLink({ kind: "veth", name: "v0", peer: { name: "v1" } }),
  "link add v2 type veth peer name v3 netns PEER": () =>
    route.encodeAddLink({ kind: "veth", name: "v2", peer: { name: "v3", namespace: 4 } }),
  "link set v0 up": () => route.encodeChangeLink(4, { up: true }),
  "link set v0 down": () => route.encodeChangeLink(4, { up: false }),
  "link set v0 master br0": () => route.encodeChangeLink(4, { masterIndex: 2 }),
  "link set v0 nomaster": () => route.encodeChangeLink(4, { masterIndex: 0 }),
  "link set v0 mtu 1400": () => route.encodeChangeLink(4, { mtu: 1400 }),
  "link set v0 address 02:00:00:00:00:01": () => route.encodeChangeLink(4, { address: "02:00:00:00:00:01" }),
  "link set v0 name w0": () => route.encodeChangeLink(4, { name: "w0" }),
  "link set v1 netns PEER": () => route.encodeChangeLink(3, { namespace: 4 }),
  "link set lo up": () => route.encodeChangeLink(1, { up: true }),
  "link set w0 up": () => route.encodeChangeLink(4, { up: true }),
  "link set v2 up": () => route.encodeChangeLink(5, { up: true }),
  "addr add 10.1.0.1/24 dev lo": () => route.encodeAddAddress({ linkIndex: 1, address: "10.1.0.1/24" }),
  "addr add 10.2.0.1/24 dev w0 scope link": () =>
    route.encodeAddAddress({ linkIndex: 4, address: "10.2.0.1/24", scope: "link" }),
  "addr replace 10.2.0.1/24 dev w0": () =>
    route.encodeAddAddress({ linkIndex: 4, address: "10.2.0.1/24" }, { replace: true }),
  "addr add fd00:1::1/64 dev w0 nodad": () =>
    route.encodeAddAddress({ linkIndex: 4, address: "fd00:1::1/64", noDuplicateDetection: true }),
  "addr del 10.1.0.1/24 dev lo": () => route.encodeDeleteAddress({ linkIndex: 1, address: "10.1.0.1/24" }),
  "-4 addr show": () => route.encodeListAddresses({ family: "IPv4" }),
  "addr show dev w0": () => route.encodeListAddresses({ linkIndex: 4 }),
  "route add 10.5.0.0/16 via 10.2.0.9 dev w0 onlink": () =>
    route.encodeAddRoute({ destination: "10.5.0.0/16", via: "10.2.0.9", linkIndex: 4, onLink: true }),
  "route replace 10.6.0.0/16 dev v2": () =>
    route.encodeAddRoute({ destination: "10.6.0.0/16", linkIndex: 5 }, { replace: true }),
  "route add default dev v2 table 100": () =>
    route.encodeAddRoute({ destination: "0.0.0.0/0", linkIndex: 5, table: 100 }),
  "route add blackhole 10.7.0.0/16": () =>
    route.encodeAddRoute({ destination: "10.7.0.0/16", type: "blackhole" }),
  "route add 10.8.0.0/16 dev v2 src 10.2.0.1 metric 50": () =>
    route.encodeAddRoute({ destination: "10.8.0.0/16", linkIndex: 5, source: "10.2.0.1", metric: 50 }),
  "route add local 10.9.0.0/16 dev lo": () =>
    route.encodeAddRoute({ destination: "10.9.0.0/16", type: "local", linkIndex: 1 }),
  "-6 route add fd00:5::/64 via fe80::9 dev w0": () =>
    route.encodeAddRoute({ destination: "fd00:5::/64", via: "fe80::9", linkIndex: 4 }),
  "route del 10.6.0.0/16 dev v2": () => route.encodeDeleteRoute({ destination: "10.6.0.0/16", linkIndex: 5 }),
  "-4 route show table main": () => route.encodeListRoutes("IPv4", { table: 254 }),
  "-6 route show table main": () => route.encodeListRoutes("IPv6", { table: 254 }),
  "-4 route show table 100": () => route.encodeListRoutes("IPv4", { table: 100 }),
  "neigh add 10.2.0.9 lladdr 02:00:00:00:00:09 dev w0": () =>
    route.encodeAddNeighbour({ linkIndex: 4, address: "10.2.0.9", linkLayerAddress: "02:00:00:00:00:09" }),
  "neigh replace fd00:1::9 lladdr 02:00:00:00:00:0a dev w0 nud permanent": () =>
    route.encodeAddNeighbour(
      { linkIndex: 4, address: "fd00:1::9", linkLayerAddress: "02:00:00:00:00:0a" },
      { replace: true },
    ),
  "neigh del 10.2.0.9 dev w0": () => route.encodeDeleteNeighbour({ linkIndex: 4, address: "10.2.0.9" }),
  "neigh show dev w0": () => route.encodeListNeighbours({ linkIndex: 4 }),
  "rule add from 10.5.0.0/16 lookup 100": () =>
    route.encodeAddRule({ family: "IPv4", from: "10.5.0.0/16", table: 100 }),
  "rule add fwmark 0x10/0xf0 lookup 200 priority 77": () =>
    route.encodeAddRule({ family: "IPv4", mark: 0x10, mask: 0xf0, table: 200, priority: 77 }),
  "-6 rule add to fd00:9::/32 iif lo blackhole": () =>
    route.encodeAddRule({ family: "IPv6", to: "fd00:9::/32", input: "lo", action: "blackhole" }),
  "rule del fwmark 0x10/0xf0 lookup 200 priority 77": () =>
    route.encodeDeleteRule({ family: "IPv4", mark: 0x10, mask: 0xf0, table: 200, priority: 77 }),
  "rule show": () => route.encodeListRules("IPv4"),
  "link del w0": () => route.encodeDeleteLink(4),
};

const golden = readFileSync(new URL("./testdata/ip.golden", import.meta.url), "utf8")
  .split("# ip ")
  .slice(1)
  .map((entry) => entry.split("\n"));

for (const [command = "", ...words] of golden) {
  test(`the bytes of "ip ${command}"`, () => {
    const encode = messages[command];
    assert.ok(encode, "no message of this file is recorded so");
    const hex = Buffer.from(encode()).toString("hex");
    assert.deepEqual(
      hex.match(/.{1,8}/g),
      words.filter((word) => word !== ""),
    );
  });
}

/** Reads a message and writes it again, by the row of its type. */
const again: ReadonlyMap<number, (bytes: Uint8Array, flags: number) => Uint8Array> = new Map([
  rewriting(route.newLink),
  rewriting(route.deleteLink),
  rewriting(route.newAddress),
  rewriting(route.deleteAddress),
  rewriting(route.getAddress),
  rewriting(route.newRoute),
  rewriting(route.deleteRoute),
  rewriting(route.getRoute),
  rewriting(route.newNeighbour),
  rewriting(route.deleteNeighbour),
  rewriting(route.getNeighbour),
  rewriting(route.newRule),
  rewriting(route.deleteRule),
  rewriting(route.getRule),
]);

function rewriting<T>({ type, decode, encode }: MessageFormat<T>) {
  return [type, (bytes: Uint8Array, flags: number) => encode(decode(bytes), { flags })] as const;
}

test("every recorded message is read, and written again as it was", () => {
  for (const [command, ...words] of golden) {
    const bytes = Buffer.from(words.join(""), "hex");
    const { type, flags } = readMessageHeader(bytes);
    const rewrite = again.get(type);
    assert.ok(rewrite, command);
    assert.equal(Buffer.from(rewrite(bytes, flags)).toString("hex"), bytes.toString("hex"), command);
  }
});

test("a message prints what it says", () => {
  const message = route.encodeAddAddress({ linkIndex: 4, address: "fd00:1::1/64" });
  assert.equal(
    route.newAddress.format(route.newAddress.decode(message)),
    "NEWADDR family=10 prefixLength=64 flags=0 scope=0 index=4 local=fd00:1::1 address=fd00:1::1",
  );
});

test("every message is compared with a recorded one", () => {
  const recorded = new Set(golden.map(([command]) => command));
  assert.deepEqual(
    Object.keys(messages).filter((command) => !recorded.has(command)),
    [],
  );
});
