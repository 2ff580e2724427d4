import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Flow,
  type FlowFilter,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPS_DST_NAT,
} from "../netlink/conntrack/index.ts";
import { type Conntrack, openConntrack } from "./conntrack.ts";
import { watchFlows } from "./conntrack-events.ts";
import type { NetworkNamespace } from "./network-namespace.ts";
import { needsRoot, runIn, testNamespace, withoutLeaks } from "./testing/kernel-test.ts";

/** Adds a flow by `conntrack -I`. */
function add(namespace: NetworkNamespace, text: string): void {
  runIn(namespace, "conntrack", "-I", "-t", "300", ...text.split(" "));
}

const flows = [
  "-p udp -s 203.0.113.1 -d 172.30.0.1 --sport 1000 --dport 53 --dst-nat 10.180.0.5:5353 --mark 7",
  "-p udp -s 203.0.113.1 -d 172.30.0.1 --sport 1001 --dport 53",
  "-p udp -s 203.0.113.1 -d 172.30.0.2 --sport 1000 --dport 30053",
  "-p tcp -s 203.0.113.1 -d 172.30.0.1 --sport 1000 --dport 80 --state ESTABLISHED",
  "-p udp -s fd00:203::1 -d fd00:172::1 --sport 1000 --dport 53",
  "-p icmp -s 203.0.113.1 -d 172.30.0.1 --icmp-type 8 --icmp-id 5 --icmp-code 0",
];

async function found(conntrack: Conntrack, filter: FlowFilter = {}): Promise<Flow[]> {
  const all: Flow[] = [];
  await conntrack.visitFlows(filter, (flow) => all.push(flow));
  return all;
}

const brief = ({ family, protocol, original, reply }: Flow) =>
  `${family} ${protocol} ${original.source}:${original.sourcePort} ${original.destination}:${original.destinationPort} ${reply.source}:${reply.sourcePort}`;

test("flows are listed as conntrack lists them, and by what they are", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  for (const text of flows) add(namespace, text);
  await using conntrack = await openConntrack(namespace);
  const all = (await found(conntrack)).map(brief).sort();
  assert.deepEqual(all, [
    "IPv4 1 203.0.113.1:undefined 172.30.0.1:undefined 172.30.0.1:undefined",
    "IPv4 17 203.0.113.1:1000 172.30.0.1:53 10.180.0.5:5353",
    "IPv4 17 203.0.113.1:1000 172.30.0.2:30053 172.30.0.2:30053",
    "IPv4 17 203.0.113.1:1001 172.30.0.1:53 172.30.0.1:53",
    "IPv4 6 203.0.113.1:1000 172.30.0.1:80 172.30.0.1:80",
    "IPv6 17 fd00:203::1:1000 fd00:172::1:53 fd00:172::1:53",
  ]);
  const rows: readonly [FlowFilter, readonly string[]][] = [
    [{ protocol: IPPROTO_TCP }, all.filter((text) => text.startsWith("IPv4 6 "))],
    [{ family: "IPv6" }, all.filter((text) => text.startsWith("IPv6"))],
    [{ family: "IPv4", protocol: IPPROTO_UDP }, all.filter((text) => text.startsWith("IPv4 17 "))],
    [
      { family: "IPv4", protocol: IPPROTO_UDP, destinationPort: 30053 },
      all.filter((text) => text.includes(":30053")),
    ],
    [
      { protocol: IPPROTO_UDP, destination: "172.30.0.1", destinationPort: 53 },
      all.filter((text) => text.includes(" 172.30.0.1:53 ")),
    ],
    [{ family: "IPv4", destination: "172.30.0.2" }, all.filter((text) => text.includes(" 172.30.0.2:"))],
    [{ family: "IPv6", destination: "fd00:172::1" }, all.filter((text) => text.startsWith("IPv6"))],
    [{ withoutStatus: IPS_DST_NAT }, all.filter((text) => !text.endsWith("10.180.0.5:5353"))],
    [{ status: IPS_DST_NAT }, all.filter((text) => text.endsWith("10.180.0.5:5353"))],
  ];
  for (const [filter, expected] of rows)
    assert.deepEqual((await found(conntrack, filter)).map(brief).sort(), expected, JSON.stringify(filter));
  const [translated] = await found(conntrack, { status: IPS_DST_NAT });
  assert.equal(translated?.mark, 7);
  assert.equal(translated?.zone, 0);
  const [, id] = /id=(\d+)/.exec(runIn(namespace, "conntrack", "-L", "-o", "id", "-g")) ?? [];
  assert.equal(String(translated?.id), id);
});

test("flows that are deleted are gone, and nothing else", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  for (const text of flows) add(namespace, text);
  await using conntrack = await openConntrack(namespace);
  const udp = await found(conntrack, { protocol: IPPROTO_UDP });
  assert.equal(udp.length, 4);
  const other = udp.map((flow) => ({ ...flow, id: ((flow.id ?? 0) + 1) >>> 0 }));
  assert.equal(await conntrack.deleteFlows(other), 0);
  assert.equal(await conntrack.deleteFlows(udp), 4);
  assert.equal(await conntrack.deleteFlows(udp), 0);
  const left = runIn(namespace, "conntrack", "-L").trim().split("\n");
  assert.deepEqual(left.map((line) => line.split(" ")[0]).sort(), ["icmp", "tcp"]);
});

test("flows are counted", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using conntrack = await openConntrack(namespace);
  assert.equal((await conntrack.countFlows()).entries, 0);
  for (const text of flows) add(namespace, text);
  const { entries, maximum } = await conntrack.countFlows();
  assert.equal(entries, flows.length);
  assert.ok(maximum === undefined || maximum > 0);
  assert.equal(runIn(namespace, "conntrack", "-C").trim(), String(entries));
});

test("flows are told as they begin and end", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using conntrack = await openConntrack(namespace);
  const told: string[] = [];
  let wake = () => {};
  using _ = await watchFlows(
    {
      flow({ kind, flow }) {
        told.push(`${kind} ${brief(flow)}`);
        wake();
      },
      lost: () => assert.fail("nothing was lost"),
    },
    namespace,
  );
  add(namespace, flows[1] ?? "");
  await conntrack.deleteFlows(await found(conntrack));
  while (told.length < 2) await new Promise<void>((resolve) => (wake = resolve));
  const text = "IPv4 17 203.0.113.1:1001 172.30.0.1:53 172.30.0.1:53";
  assert.deepEqual(told, [`added ${text}`, `removed ${text}`]);
});

test("connection tracking that is opened and closed leaves no descriptors behind", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await withoutLeaks(async () => {
    await using conntrack = await openConntrack(namespace);
    await conntrack.countFlows();
    using _ = await watchFlows({ flow() {}, lost() {} }, namespace);
  });
});
