import assert from "node:assert/strict";
import { test } from "node:test";
import type { Backend, ForwardingTable, Frontend } from "../forwarding/index.ts";
import { frontendKey, joinHostPort } from "../forwarding/index.ts";
import { openConntrack } from "../kernel/index.ts";
import { needsRoot, runIn, testNamespace } from "../kernel/testing/kernel-test.ts";
import { StaleFlowRemover } from "./stale-flow-remover.ts";

const service = { namespace: "default", name: "dns", port: "" };

function backendAt(address: string): Backend {
  return { key: joinHostPort(address, 5353), address, port: 5353, local: true };
}

/** A UDP frontend at `address`, or a NodePort where that is absent, that these pods serve. */
function frontend(address: string | undefined, port: number, pods: readonly string[]): Frontend {
  const backends = pods.map(backendAt);
  const target =
    backends.length > 0
      ? ({ kind: "forward", backends } as const)
      : ({ kind: "reject", reason: "no-endpoints" } as const);
  const kind = address === undefined ? "NodePort" : "ClusterIP";
  const family = address?.includes(":") ? "IPv6" : "IPv4";
  return {
    key: frontendKey(kind, family, "UDP", address, port),
    kind,
    family,
    ...(address !== undefined && { address }),
    protocol: "UDP",
    port,
    service,
    external: target,
    internal: target,
    masquerade: true,
    serving: backends.map(({ key }) => key),
  };
}

function table(
  frontends: readonly Frontend[],
  nodePortAddresses: readonly string[] = ["192.168.0.1"],
): ForwardingTable {
  return {
    node: "node-a",
    nodePortAddresses,
    nodeAddresses: ["192.168.0.1"],
    podCIDRs: [],
    frontends: new Map(frontends.map((value) => [value.key, value])),
  };
}

function sumOf(removed: ReadonlyMap<string, number>): number {
  return [...removed.values()].reduce((sum, count) => sum + count, 0);
}

test("flows leave with their endpoint, while all others stay", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  const add = (text: string) => runIn(namespace, "conntrack", "-I", "-t", "300", ...text.split(" "));
  const left = () =>
    runIn(namespace, "conntrack", "-L", "-o", "extended")
      .split("\n")
      .flatMap((line) => /sport=(\d+)/.exec(line)?.[1] ?? [])
      .sort();
  await using conntrack = await openConntrack(namespace);
  const remover = new StaleFlowRemover(conntrack);

  add("-p udp -s 203.0.113.1 -d 172.30.0.1 --sport 1001 --dport 53 --dst-nat 10.180.0.1:5353");
  add("-p udp -s 203.0.113.1 -d 172.30.0.1 --sport 1002 --dport 53 --dst-nat 10.180.0.2:5353");
  add("-p udp -s 203.0.113.1 -d 172.30.0.1 --sport 1003 --dport 53");
  add(
    "-p tcp -s 203.0.113.1 -d 172.30.0.1 --sport 1004 --dport 53 --dst-nat 10.180.0.9:5353 --state ESTABLISHED",
  );
  add("-p udp -s 203.0.113.1 -d 192.168.0.1 --sport 1005 --dport 30053 --dst-nat 10.180.0.2:5353");
  add("-p udp -s 203.0.113.1 -d 192.168.0.2 --sport 1006 --dport 30053");
  add("-p udp -s fd00:203::1 -d fd00:172::1 --sport 1007 --dport 53");

  const frontends = (pods: readonly string[]) => [
    frontend("172.30.0.1", 53, pods),
    frontend(undefined, 30053, pods),
  ];
  const both = table(frontends(["10.180.0.1", "10.180.0.2"]));
  assert.equal(sumOf(await remover.follow(both)), 1);
  assert.deepEqual(left(), ["1001", "1002", "1004", "1005", "1006", "1007"]);
  assert.equal(sumOf(await remover.follow(both)), 0);

  assert.equal(sumOf(await remover.follow(table(frontends(["10.180.0.1"])))), 2);
  assert.deepEqual(left(), ["1001", "1004", "1006", "1007"]);

  assert.equal(sumOf(await remover.follow(table(frontends([])))), 0);
  assert.deepEqual(left(), ["1001", "1004", "1006", "1007"]);

  assert.equal(
    sumOf(await remover.follow(table(frontends(["10.180.0.1"]), ["192.168.0.1", "192.168.0.2"]))),
    1,
  );
  assert.deepEqual(left(), ["1001", "1004", "1007"]);
});

test("IPv6 flows and many ports are looked at too", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await using conntrack = await openConntrack(namespace);
  for (let port = 1; port <= 9; port += 1) {
    const ports = `--sport 100${port} --dport ${port}`;
    runIn(
      namespace,
      "conntrack",
      "-I",
      "-t",
      "300",
      ...`-p udp -s fd00:203::1 -d fd00:172::1 ${ports}`.split(" "),
    );
    runIn(
      namespace,
      "conntrack",
      "-I",
      "-t",
      "300",
      ...`-p udp -s 203.0.113.1 -d 172.30.0.1 ${ports}`.split(" "),
    );
  }
  const frontends = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((port) => [
    frontend("fd00:172::1", port, ["fd00:180::1"]),
    frontend("172.30.0.1", port, ["10.180.0.1"]),
  ]);
  assert.deepEqual(
    await new StaleFlowRemover(conntrack).follow(table(frontends)),
    new Map([
      ["IPv6", 8],
      ["IPv4", 8],
    ]),
  );
  assert.equal((await conntrack.countFlows()).entries, 2);
});

test("what an error left undone is done by the next call", async () => {
  const wanted = table([frontend("172.30.0.1", 53, ["10.180.0.1"])]);
  let failures = 1;
  let visits = 0;
  const remover = new StaleFlowRemover({
    async visitFlows() {
      visits += 1;
      failures -= 1;
      if (failures >= 0) throw new Error("no memory");
    },
    deleteFlows: async (flows) => flows.length,
    countFlows: async () => ({ entries: 0 }),
  });
  await assert.rejects(remover.follow(wanted), /no memory/);
  assert.equal(sumOf(await remover.follow(wanted)), 0);
  assert.equal(sumOf(await remover.follow(wanted)), 0);
  assert.equal(visits, 2);
});

test("the kernel is asked only when flows may be stale, and once for few flows to many ports", async () => {
  const asked: (number | undefined)[] = [];
  let entries = 10;
  const remover = new StaleFlowRemover({
    visitFlows: async ({ destinationPort }) => void asked.push(destinationPort),
    deleteFlows: async (flows) => flows.length,
    countFlows: async () => ({ entries }),
  });
  const askedFor = async (pods: readonly string[]) => {
    asked.length = 0;
    await remover.follow(table([frontend("172.30.0.1", 53, pods), frontend(undefined, 30053, pods)]));
    return [...asked];
  };
  const [first, second] = ["10.180.0.1", "10.180.0.2"];
  assert.deepEqual(await askedFor([first]), [undefined], "at the first table");
  assert.deepEqual(await askedFor([first, second]), [], "an endpoint came");
  assert.deepEqual(await askedFor([second]), [undefined], "an endpoint went");
  assert.deepEqual(await askedFor([]), [undefined], "the last one went");
  entries = 100_000;
  assert.deepEqual(await askedFor([first]), [53, 30053], "a first one came, with many flows");
});
