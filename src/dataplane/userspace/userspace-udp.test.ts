import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Target } from "../../forwarding/index.ts";
import type { Clock } from "../../lib/clock.ts";
import { silentLogger } from "../../lib/log.ts";
import { createManualClock } from "../../lib/manual-clock.ts";
import type { Dataplane } from "../dataplane.ts";
import type { Limits } from "./limits.ts";
import {
  forwardTo,
  freePort,
  makeFrontend,
  makeTable,
  nodeAddress,
  openUdpClient,
  startUdpEcho,
} from "./testing.ts";
import { createUserspaceDataplane } from "./userspace-dataplane.ts";

const opened: Dataplane[] = [];
after(() => Promise.all(opened.map((dataplane) => dataplane.close(0))));

function open(limits: Partial<Limits> = {}, clock?: Clock): Dataplane {
  const dataplane = createUserspaceDataplane({ log: silentLogger, limits, ...(clock && { clock }) });
  opened.push(dataplane);
  return dataplane;
}

const udp = (port: number, target: Target) => makeFrontend(port, target, { protocol: "UDP" });
const reject: Target = { kind: "reject", reason: "no-endpoints" };

test("a UDP flow stays on one backend, which sees the node's address, and answers come from the frontend", async () => {
  await using first = await startUdpEcho("first");
  await using second = await startUdpEcho("second");
  const port = await freePort();
  await open().apply(makeTable(udp(port, forwardTo(first.backend, second.backend))));
  using client = openUdpClient(port);
  const answer = await client.ask("a");
  assert.match(answer, new RegExp(`^(first|second):a:${nodeAddress}$`));
  const name = answer.split(":")[0];
  for (let count = 0; count < 10; count += 1) {
    assert.equal(await client.ask("b"), `${name}:b:${nodeAddress}`);
  }
});

test("a UDP flow moves off a backend that leaves", async () => {
  await using first = await startUdpEcho("first");
  await using second = await startUdpEcho("second");
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(udp(port, forwardTo(first.backend))));
  using client = openUdpClient(port);
  assert.equal(await client.ask("x"), `first:x:${nodeAddress}`);
  await dataplane.apply(makeTable(udp(port, forwardTo(second.backend))));
  assert.equal(await client.ask("y"), `second:y:${nodeAddress}`);
});

test("a UDP flow stays on an endpoint that terminates but still serves", async () => {
  await using first = await startUdpEcho("first");
  await using second = await startUdpEcho("second");
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(udp(port, forwardTo(first.backend))));
  using client = openUdpClient(port);
  await client.ask("x");
  const serving = [first.backend.key, second.backend.key];
  await dataplane.apply(makeTable({ ...udp(port, forwardTo(second.backend)), serving }));
  assert.equal(await client.ask("y"), `first:y:${nodeAddress}`);
});

test("a UDP frontend without endpoints refuses with ICMP", async () => {
  const port = await freePort();
  await open().apply(makeTable(udp(port, reject)));
  using client = openUdpClient(port);
  await assert.rejects(client.ask("x"), { code: "ECONNREFUSED" });
});

test("a flow whose backend's port is closed is led to another backend", async () => {
  await using alive = await startUdpEcho("alive");
  const dead = await startUdpEcho("dead");
  await dead[Symbol.asyncDispose]();
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(udp(port, forwardTo(dead.backend, alive.backend))));
  using client = openUdpClient(port);
  const answered = client.ask("x");
  const again = setInterval(() => client.send("x"), 10);
  assert.equal(await answered, `alive:x:${nodeAddress}`);
  clearInterval(again);
});

test("the number of UDP flows is bounded", async () => {
  await using echo = await startUdpEcho("echo");
  const port = await freePort();
  const dataplane = open({ udpFlows: 4 });
  await dataplane.apply(makeTable(udp(port, forwardTo(echo.backend))));
  for (let count = 0; count < 12; count += 1) {
    using client = openUdpClient(port);
    assert.equal(await client.ask("x"), `echo:x:${nodeAddress}`);
  }
  const counters = dataplane.counters?.().get(`NodePort/IPv4/UDP/*:${port}`);
  assert.deepEqual([counters?.connections, counters?.active], [12, 4]);
});

test("a UDP flow ends when it was idle for two minutes", async () => {
  await using echo = await startUdpEcho("echo");
  const port = await freePort();
  const clock = createManualClock();
  const dataplane = open({}, clock);
  await dataplane.apply(makeTable(udp(port, forwardTo(echo.backend))));
  using client = openUdpClient(port);
  const active = () => dataplane.counters?.().get(`NodePort/IPv4/UDP/*:${port}`)?.active;
  await client.ask("x");
  for (const { afterMs, flows } of [
    { afterMs: 110_000, flows: 1 },
    { afterMs: 15_000, flows: 0 },
  ]) {
    for (let passed = 0; passed < afterMs; passed += 5000) clock.advance(5000);
    assert.equal(active(), flows);
  }
  assert.equal(await client.ask("y"), `echo:y:${nodeAddress}`);
});
