import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createApiClient } from "../../client/index.ts";
import { startScriptedServer } from "../../client/testing/scripted-server.ts";
import { silentLogger } from "../../lib/log.ts";
import { exportOnce, keepFileCurrent } from "./keep-file-current.ts";

const node = {
  metadata: { name: "a", resourceVersion: "1", uid: "n" },
  spec: {},
  status: { addresses: [{ type: "InternalIP", address: "192.168.0.1" }] },
};
const service = (name: string, nodePort: number, resourceVersion: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "default", name, uid: name, resourceVersion },
  spec: {
    type: "NodePort",
    sessionAffinity: "None",
    ports: [{ name: "http", protocol: "TCP", port: 80, nodePort }],
  },
  status: {},
});

/** A cluster of one node and one Service, whose watchers are told more by `add`. */
async function makeCluster(t: TestContext) {
  const watchers: ServerResponse[] = [];
  const server = await startScriptedServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const isServices = url.pathname.endsWith("/services");
    if (url.searchParams.get("sendInitialEvents") !== null) {
      response.writeHead(422, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ kind: "Status", status: "Failure", reason: "Invalid", code: 422, message: "no" }),
      );
    } else if (url.searchParams.get("watch") !== null) {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
      if (isServices) watchers.push(response);
    } else {
      const items = isServices ? [service("web", 30080, "1")] : [node];
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ kind: "List", apiVersion: "v1", metadata: { resourceVersion: "1" }, items }),
      );
    }
  });
  const stop = new AbortController();
  const client = createApiClient(
    { server: server.url, tls: {}, source: "test" },
    { userAgent: "test", log: silentLogger },
  );
  t.after(async () => {
    stop.abort();
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  return {
    source: { client, format: "haproxy", settings: {}, log: silentLogger, signal: stop.signal } as const,
    stop,
    async add(object: object) {
      while (watchers.length === 0) await server.nextRequest(/services\?.*watch/);
      for (const watcher of watchers) watcher.write(`${JSON.stringify({ type: "ADDED", object })}\n`);
    },
  };
}

test("the configuration is printed as the cluster is", { timeout: 30_000 }, async (t) => {
  const { source } = await makeCluster(t);
  assert.match(
    await exportOnce(source),
    /bind 0\.0\.0\.0:30080\n[\s\S]*server a 192\.168\.0\.1:30080 weight 1 check/,
  );
});

test("a file follows the cluster, and the program that reads it is told each time", {
  timeout: 30_000,
}, async (t) => {
  const { source, stop, add } = await makeCluster(t);
  const folder = mkdtempSync(join(tmpdir(), "pt-export-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "haproxy.cfg");
  const reloads = join(folder, "reloads");
  let wake = () => {};
  const watching = watch(folder, () => wake());
  t.after(() => watching.close());
  const reloaded = async (times: number) => {
    const count = () => (readdirSync(folder).includes("reloads") ? readFileSync(reloads, "utf8").length : 0);
    while (count() < times) await new Promise<void>((resolve) => (wake = resolve));
  };
  const keeping = keepFileCurrent(source, file, `printf x >> '${reloads}'`);
  await reloaded(1);
  assert.match(readFileSync(file, "utf8"), /default_web_http/);
  await add(service("shop", 30081, "2"));
  await reloaded(2);
  assert.match(readFileSync(file, "utf8"), /frontend default_shop_http\n {4}bind 0\.0\.0\.0:30081\n/);
  stop.abort();
  await keeping;
  assert.deepEqual(readdirSync(folder).sort(), ["haproxy.cfg", "reloads"]);
});
