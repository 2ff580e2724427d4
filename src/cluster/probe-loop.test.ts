import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { Probe } from "../api/pod.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import { createLoopbackNetwork } from "./network/loopback-network.ts";
import { runProbe } from "./probe.ts";
import { startProbeLoop } from "./probe-loop.ts";

const podIP = "127.4.44.1";
const target = {
  container: { name: "main", ports: [{ name: "web", containerPort: 1 }] },
  podIP,
  sandbox: () => createLoopbackNetwork("127.4.44.0/26", podIP).open([podIP], false),
  environment: () => Promise.resolve({ PATH: process.env.PATH ?? "", WORD: "well" }),
};

/** Runs a loop on a clock of its own; `answers` says after each probe what became of it. */
function loop(t: TestContext, probe: Probe, eager: boolean) {
  const clock = createManualClock();
  const stop = new AbortController();
  t.after(() => stop.abort());
  const told: string[] = [];
  startProbeLoop({
    probe,
    target,
    clock,
    signal: stop.signal,
    eager,
    onVerdict: (passes) => told.push(passes ? "passes" : "fails"),
    onFailure: () => told.push("failure"),
  });
  /** Lets one probe run to its end, then moves to the next one; returns how long that is away. */
  const next = async () => {
    while (clock.nextAt === undefined) await new Promise(setImmediate);
    const waitMs = clock.nextAt - clock.now();
    clock.advance(waitMs);
    return waitMs;
  };
  return { told, next };
}

const failing = { exec: { command: ["false"] } };

test("a probe fails for good after so many failures in a row, a period apart", async (t) => {
  const { told, next } = loop(
    t,
    { ...failing, periodSeconds: 5, failureThreshold: 3, initialDelaySeconds: 7 },
    false,
  );
  assert.equal(await next(), 7000);
  for (let failure = 0; failure < 3; failure++) assert.equal(await next(), 5000);
  assert.deepEqual(told, ["failure", "failure", "failure", "fails"]);
});

test("a probe passes after so many successes in a row", async (t) => {
  const probe = {
    exec: { command: ["sh", "-c", "test $WORD = well"] },
    successThreshold: 2,
    periodSeconds: 1,
  };
  const { told, next } = loop(t, probe, false);
  await next();
  await next();
  assert.deepEqual(told, []);
  await next();
  assert.deepEqual(told, ["passes"]);
});

test("until the first success an eager loop asks sooner, and such failures do not count", async (t) => {
  const { told, next } = loop(t, { ...failing, periodSeconds: 1, failureThreshold: 1 }, true);
  await next();
  const waits: number[] = [];
  while ((waits.at(-1) ?? 0) < 1000) {
    assert.deepEqual(told, []);
    waits.push(await next());
  }
  assert.ok(waits.length > 4 && (waits[0] ?? 0) < 50, `waits were ${waits.join(", ")} ms`);
  assert.deepEqual(told, ["failure", "fails"]);
});

async function httpServer(t: TestContext, status: number): Promise<number> {
  const server: Server = createServer((request, response) => {
    response.writeHead(request.headers["x-probe"] === "yes" ? status : 500);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, podIP, resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

for (const { status, success } of [
  { status: 200, success: true },
  { status: 399, success: true },
  { status: 400, success: false },
  { status: 503, success: false },
]) {
  test(`an answer of ${status} means ${success ? "success" : "failure"}`, async (t) => {
    const port = await httpServer(t, status);
    const httpGet = { port, path: "/x", httpHeaders: [{ name: "x-probe", value: "yes" }] };
    const result = await runProbe({ httpGet }, target);
    assert.deepEqual(result, {
      success,
      output: success ? "" : `HTTP probe failed with statuscode: ${status}`,
    });
  });
}

test("a connection is success, none is failure, and a port that is not named is told", async (t) => {
  const port = await httpServer(t, 200);
  assert.equal((await runProbe({ tcpSocket: { port } }, target)).success, true);
  const refused = await runProbe({ tcpSocket: { port: "web" } }, target);
  assert.match(refused.output, /^dial tcp 127\.4\.44\.1:1: connect ECONNREFUSED/);
  const unknown = await runProbe({ tcpSocket: { port: "none" } }, target);
  assert.equal(unknown.output, 'no port is named "none"');
});

test("a command that takes too long is ended, with what it started", async () => {
  const exec = { command: ["sh", "-c", "echo early; sleep 60 & wait"] };
  const { success, output } = await runProbe({ exec, timeoutSeconds: 0.2 }, target);
  assert.equal(success, false);
  assert.match(output, /timed out after 0.2s/);
});
