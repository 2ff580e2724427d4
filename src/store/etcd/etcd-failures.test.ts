import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ensurePki } from "../../apiserver/pki/pki-files.ts";
import { committed, put, readUntil } from "../conformance/temporary-store.ts";
import { isStoreError } from "../errors.ts";
import { openEtcdStore } from "../open-etcd-store.ts";
import type { Store, StoreEvent } from "../store.ts";
import { skipWithoutEtcd, startEtcd, untilSucceeds } from "./testing/etcd-process.ts";

const prefix = "/failures";
const patience = () => AbortSignal.timeout(50_000);

describe("a store on an etcd that fails", { skip: skipWithoutEtcd, concurrency: true }, () => {
  test("says clearly that no etcd answers", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    await assert.rejects(openEtcdStore({ servers: [`http://127.0.0.1:${port}`], prefix }), (error) => {
      assert.ok(isStoreError(error, "unreachable"), String(error));
      assert.match(error.message, /Cannot read from etcd at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/);
      return true;
    });
    await assert.rejects(openEtcdStore({ servers: ["127.0.0.1:2379"], prefix }), RangeError);
  });

  test("says that etcd is full, and goes on reading", async () => {
    await using etcd = await startEtcd({ args: ["--quota-backend-bytes", String(4 << 20)] });
    const store = await openEtcdStore({ servers: etcd.servers, prefix });
    const value = "x".repeat(1 << 19);
    await assert.rejects(
      async () => {
        for (let i = 0; i < 40; i++) await put(store, `large-${i}`, value);
      },
      (error) => isStoreError(error, "full") && /etcdctl alarm disarm/.test(error.message),
    );
    assert.equal((await store.get("large-0"))?.value, value);
    await store.close();
  });

  test("says that a commit is larger than etcd takes", async () => {
    await using etcd = await startEtcd();
    const store = await openEtcdStore({ servers: etcd.servers, prefix });
    await assert.rejects(put(store, "huge", "x".repeat(3 << 20)), /--max-request-bytes/);
    const many = Array.from({ length: 200 }, (_, i) => ({ key: `${i}`, value: "" }));
    await assert.rejects(committed(store, many), /--max-txn-ops/);
    await store.close();
  });

  test("watches go on after the network was cut, without gap or duplicate, on whichever server answers", async () => {
    await using etcd = await startEtcd();
    await using network = await openProxy(etcd.servers[0] ?? "");
    const writer = await openEtcdStore({ servers: etcd.servers, prefix });
    const reader = await openEtcdStore({ servers: [network.server], prefix });
    const start = await writer.revision();
    const watching = collect(reader, start);
    for (let i = 0; i < 30; i++) {
      await put(writer, `k${i % 3}`, `${i}`);
      if (i % 5 === 4) network.cut();
    }
    const last = await put(writer, "end", "");
    const events = await watching(last);
    assert.deepEqual(
      events.map(({ revision }) => revision),
      Array.from({ length: last - start }, (_, i) => start + 1 + i),
    );
    assert.deepEqual(await reader.get("k0"), await writer.get("k0"));
    await Promise.all([reader.close(), writer.close()]);
  });

  test("a watch behind what is in memory reads etcd's history, from the revision on", async () => {
    await using etcd = await startEtcd();
    const first = await openEtcdStore({ servers: etcd.servers, prefix });
    const start = await put(first, "k", "first");
    await Promise.all(Array.from({ length: 50 }, (_, i) => put(first, `k${i}`, "")));
    const end = await put(first, "k", "last");
    const second = await openEtcdStore({ servers: etcd.servers, prefix });
    const events = await readUntil(second.watch("k", start, patience()), end);
    assert.equal(events.length, 51);
    assert.deepEqual(events.at(-1)?.previous, { key: "k", value: "first", revision: start });
    await Promise.all([first.close(), second.close()]);
  });

  test("a server that hangs is left for another one, by reads and by watches", async () => {
    await using etcd = await startEtcd({ members: 3 });
    const store = await openEtcdStore({ servers: etcd.servers, prefix });
    const watching = collect(store, await store.revision());
    await put(store, "before", "");
    etcd.signal("SIGSTOP", 0);
    const after = await untilSucceeds(() => put(store, "after", ""));
    const events = await watching(after);
    assert.deepEqual([...new Set(events.map(({ key }) => key))], ["before", "after"]);
    await store.close();
  });

  test("a server with a certificate is reached over TLS, and only with the right authority", async () => {
    const directory = await mkdtemp(join(tmpdir(), "porthole-etcd-pki-"));
    const names = { dnsNames: ["localhost"], addresses: ["127.0.0.1"] };
    await ensurePki(
      directory,
      [
        { name: "etcd", commonName: "etcd", usage: "server", ...names },
        { name: "client", commonName: "apiserver", usage: "client", dnsNames: [], addresses: [] },
      ],
      Date.now(),
    );
    const file = (name: string) => join(directory, name);
    const files = { caFile: file("ca.crt"), certFile: file("client.crt"), keyFile: file("client.key") };
    await using etcd = await startEtcd({
      tls: { cert: file("etcd.crt"), key: file("etcd.key") },
    });
    const store = await openEtcdStore({ servers: etcd.servers, prefix, tls: files });
    await put(store, "a", "1");
    assert.equal((await store.get("a"))?.value, "1");
    await store.close();
    await assert.rejects(openEtcdStore({ servers: etcd.servers, prefix }), /certificate/);
    await rm(directory, { recursive: true });
  });
});

/** Reads from now on; the returned function resolves with all events once the revision is reached. */
function collect(store: Store, after: number) {
  const events: StoreEvent[] = [];
  let target = Number.POSITIVE_INFINITY;
  const ends = new AbortController();
  const reading = (async () => {
    for await (const batch of store.watch("", after, AbortSignal.any([ends.signal, patience()]))) {
      events.push(...batch.events);
      if (events.at(-1)?.revision === target) return;
    }
  })();
  return async (revision: number) => {
    target = revision;
    if (events.at(-1)?.revision === target) ends.abort();
    await reading;
    return events;
  };
}

/** A way to a server that can be cut: every connection at once. */
async function openProxy(server: string) {
  const { hostname, port } = new URL(server);
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => to.destroy());
      from.once("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    server: `http://127.0.0.1:${(proxy.address() as { port: number }).port}`,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      proxy.close();
    },
  };
}
