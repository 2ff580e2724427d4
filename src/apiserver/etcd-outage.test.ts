import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "../lib/log.ts";
import { skipWithoutEtcd, startEtcd, untilSucceeds } from "../store/etcd/testing/etcd-process.ts";
import { startApiServer } from "./index.ts";
import { callServer } from "./testing/call-server.ts";

const configMaps = "/api/v1/namespaces/default/configmaps";

test("a server whose etcd is gone says so, and goes on when it is back", {
  skip: skipWithoutEtcd,
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), "porthole-outage-"));
  await writeFile(join(directory, "tokens.csv"), "secret,admin,1,system:masters\n");
  await using etcd = await startEtcd();
  const server = await startApiServer({
    listen: "127.0.0.1:0",
    dataDir: directory,
    tokenFile: join(directory, "tokens.csv"),
    etcdServers: etcd.servers.join(","),
    log: silentLogger,
  });
  const call = (method: string, path: string, body?: object) =>
    callServer(server.url, "secret", method, path, body);
  try {
    assert.equal((await call("GET", "/readyz/etcd")).status, 200);
    await etcd.kill();
    const [read, write, ready, alive] = await Promise.all([
      call("GET", configMaps),
      call("POST", configMaps, { metadata: { name: "a" } }),
      call("GET", "/readyz"),
      call("GET", "/livez/etcd"),
    ]);
    for (const { status, body, headers } of [read, write]) {
      assert.deepEqual(
        [status, headers["retry-after"], body.reason],
        [503, "1", "ServiceUnavailable"],
        body.message,
      );
    }
    assert.match(write.body.message, /Nothing was changed/);
    assert.equal(ready.status, 500);
    assert.match(ready.body, /\[-\]etcd failed: reason withheld/);
    assert.equal(alive.status, 500);
    await etcd.start();
    await untilSucceeds(async () => assert.equal((await call("GET", "/readyz")).status, 200));
    assert.equal((await call("POST", configMaps, { metadata: { name: "a" } })).status, 201);
  } finally {
    await server.close();
    await rm(directory, { recursive: true });
  }
});
