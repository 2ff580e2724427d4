import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { loopbackPlan } from "../dataplane/conformance-loopback.ts";
import { silentLogger } from "../lib/log.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import { type StatusPages, serveStatus } from "./status-server.ts";
import { formatStatus } from "./statusz.ts";
import { httpGet } from "./testing/http-get.ts";

const [host = ""] = loopbackPlan().nodeAddresses;
const port = 10_249;
const pages: StatusPages = {
  metrics: async () => "# TYPE x counter\nx 1\n",
  mode: "nftables",
  configuration: () => ({ mode: "nftables" }),
  status: () => "fine\n",
};

function start(hardFail = false) {
  const stop = new AbortController();
  const listening = Promise.withResolvers<void>();
  const log = { ...silentLogger, info: () => listening.resolve() };
  const common = { host, port, hardFail, clock: createManualClock(), log, signal: stop.signal };
  const serving = serveStatus({ ...common, pages });
  return { stop: () => stop.abort(), serving, listening: listening.promise };
}

describe("serveStatus", () => {
  const rows: readonly [string, number, string, RegExp][] = [
    ["/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", /^x 1$/m],
    ["/healthz", 200, "text/plain; charset=utf-8", /^ok$/],
    ["/proxyMode", 200, "text/plain; charset=utf-8", /^nftables$/],
    ["/configz", 200, "application/json", /"kubeproxy\.config\.k8s\.io": \{\s*"mode": "nftables"/],
    ["/statusz", 200, "text/plain; charset=utf-8", /^fine$/m],
    ["/", 404, "application/json", /\/metrics/],
  ];
  test("answers on the pages of kube-proxy", async () => {
    const server = start();
    await server.listening;
    try {
      for (const [path, status, type, body] of rows) {
        const answer = await httpGet(`http://${host}:${port}${path}`);
        assert.deepEqual([answer.status, answer.headers["content-type"]], [status, type], path);
        assert.match(answer.body, body);
      }
    } finally {
      server.stop();
      await server.serving;
    }
  });

  test("rejects where it is to fail without its address", async () => {
    const other = createServer();
    other.listen({ host, port });
    await once(other, "listening");
    try {
      await assert.rejects(start(true).serving, /Cannot serve \/metrics.* port 10249: .*EADDRINUSE/);
    } finally {
      other.close();
      await once(other, "close");
    }
  });
});

test("the page for people says what is forwarded, and what waits", () => {
  const now = Date.parse("2026-01-01T03:02:01Z");
  const facts = {
    node: "node-1",
    mode: "nftables",
    now,
    startedAt: Date.parse("2026-01-01T00:00:00Z"),
    lastSyncedAt: now - 1500,
    services: 5,
    endpointSlices: 6,
  };
  const applied = { frontends: 7, problems: 1, nodePortAddresses: ["192.0.2.1", "2001:db8::1"] };
  const text = formatStatus({ ...facts, waitingSince: undefined, applied });
  for (const line of [
    "Up: 3 hr 02 min 01 sec",
    "Frontends: 7",
    "Problems: 1",
    "NodePort addresses: 192.0.2.1, 2001:db8::1",
    "Last sync: 1.5 s ago",
    "A change has waited since: none waits",
  ]) {
    assert.ok(text.split("\n").includes(line), `${line}\nis not in\n${text}`);
  }
  const stuck = formatStatus({ ...facts, waitingSince: now - 3000, applied: undefined });
  assert.match(stuck, /the dataplane has taken nothing[\s\S]*has waited since: 3\.0 s ago/);
});
