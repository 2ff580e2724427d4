import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { loopbackPlan } from "../dataplane/conformance-loopback.ts";
import { silentLogger } from "../lib/log.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import { serveHealthz } from "./healthz-server.ts";
import { httpGet } from "./testing/http-get.ts";

const [host = ""] = loopbackPlan().nodeAddresses;
const port = 10_256;

describe("serveHealthz", () => {
  const rows = [
    { name: "a healthy proxy", live: true, ready: true, healthz: 200, livez: 200 },
    { name: "a healthy proxy on a node that goes away", live: true, ready: false, healthz: 503, livez: 200 },
    { name: "a proxy that is late", live: false, ready: false, healthz: 503, livez: 503 },
  ];
  for (const { name, live, ready, healthz, livez } of rows) {
    test(name, async () => {
      const stop = new AbortController();
      const health = { isLive: () => live, isReady: () => ready, report: () => ({ healthy: live }) };
      const log = recordingLogger("Serving /healthz and /livez");
      const clock = createManualClock();
      const serving = serveHealthz({ host, port, health, clock, log, signal: stop.signal });
      await log.seen;
      try {
        const response = await httpGet(`http://${host}:${port}/healthz`);
        assert.equal(response.status, healthz);
        assert.deepEqual(JSON.parse(response.body), { healthy: live });
        assert.equal((await httpGet(`http://${host}:${port}/livez`)).status, livez);
        assert.equal((await httpGet(`http://${host}:${port}/`)).status, 404);
      } finally {
        stop.abort();
        await serving;
      }
      await assert.rejects(httpGet(`http://${host}:${port}/healthz`));
    });
  }

  test("waits for an address that is taken", async () => {
    const other = createServer();
    other.listen({ host, port });
    await once(other, "listening");
    const stop = new AbortController();
    const health = { isLive: () => true, isReady: () => true, report: () => ({}) };
    const clock = createManualClock();
    const log = recordingLogger("Cannot serve /healthz and /livez yet: another process may hold the address");
    const serving = serveHealthz({ host, port, health, clock, log, signal: stop.signal });
    await log.seen;
    other.close();
    await once(other, "close");
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
    try {
      while (!(await answers())) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      stop.abort();
      await serving;
    }
  });

  const answers = () =>
    httpGet(`http://${host}:${port}/livez`).then(
      () => true,
      () => false,
    );
});

/** A logger whose `seen` resolves when a message is logged. */
function recordingLogger(awaited: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (message: string) => {
    if (message === awaited) resolve();
  };
  return { ...silentLogger, info: look, warn: look, seen: promise };
}
