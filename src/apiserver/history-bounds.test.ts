import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { silentLogger } from "../lib/log.ts";
import { type RunningApiServer, startApiServer } from "./index.ts";

const configMaps = "/api/v1/namespaces/default/configmaps";
const objects = 20;
const writers = 20;
const megabyte = 1 << 20;
/** 20 KiB, so that 300 revisions take 6 MiB, and all that is written here ten times as much. */
const text = "x".repeat(20 << 10);
const history = { maxAgeMs: 1e9, stepMs: 0, maxRevisions: 300, maxCharacters: 1e9, intervalMs: 20 };
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
let directory: string;
let server: RunningApiServer;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "porthole-history-"));
  await writeFile(join(directory, "tokens.csv"), "secret,admin,1,system:masters\n");
  const tokenFile = join(directory, "tokens.csv");
  server = await startApiServer({
    listen: "127.0.0.1:0",
    dataDir: directory,
    tokenFile,
    history,
    log: silentLogger,
  });
});

after(async () => {
  agent.destroy();
  await server.close();
  await rm(directory, { recursive: true });
});

async function open(method: string, path: string, body?: object): Promise<IncomingMessage> {
  const headers = { authorization: "Bearer secret", "content-type": "application/json" };
  const request = httpsRequest(`${server.url}${path}`, { method, agent, headers });
  request.end(body && JSON.stringify(body));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
async function call(method: string, path: string, body?: object): Promise<any> {
  const response = await open(method, path, body);
  return JSON.parse((await response.setEncoding("utf8").toArray()).join(""));
}

/** Each object is written so often, by as many clients at once. */
async function writeAll(rounds: number): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let round = 0; round < rounds; round++) {
        const metadata = { name: `c-${writer % objects}` };
        await call("PUT", `${configMaps}/${metadata.name}`, {
          metadata,
          data: { text, round: String(round) },
        });
      }
    }),
  );
}

async function diskBytes(): Promise<number> {
  const sizes = await Promise.all(
    ["state.db", "state.db-wal"].map(async (name) => (await stat(join(directory, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** What is left when garbage is collected; buffers of sockets go only in a later turn of the event loop. */
async function heapBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The name and data of the first event that comes, and the watch with it. */
async function watchFrom(revision: string) {
  const response = await open("GET", `${configMaps}?watch=1&resourceVersion=${revision}`);
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return {
    next: async () => JSON.parse((await lines.next()).value ?? "null"),
    close: () => response.destroy(),
  };
}

test("whatever is written, disk and memory hold a bounded history, and a watch that is too old begins anew", async () => {
  for (let index = 0; index < objects; index++) {
    await call("POST", configMaps, { metadata: { name: `c-${index}` }, data: { text } });
  }
  const start = (await call("GET", configMaps)).metadata.resourceVersion;
  await writeAll(50);
  const [disk, heap] = [await diskBytes(), await heapBytes()];
  await writeAll(100);
  await writeAll(100);
  const [diskAfter, heapAfter] = [await diskBytes(), await heapBytes()];
  const written = objects * 250 * text.length;
  const writtenSince = objects * 200 * text.length;
  assert.ok(written > 90 * megabyte, `${written} bytes were written`);
  assert.ok(diskAfter < Math.max(disk * 1.5, 48 * megabyte), `${disk} -> ${diskAfter} bytes on disk`);
  assert.ok(heapAfter < heap + writtenSince / 2, `${heap} -> ${heapAfter} bytes in memory`);

  const tooOld = await watchFrom(start);
  const { type, object } = await tooOld.next();
  assert.deepEqual([type, object.code, object.reason], ["ERROR", 410, "Expired"]);
  assert.match(object.message, /^too old resource version: \d+ \(\d+\)$/);
  tooOld.close();

  const { items, metadata } = await call("GET", configMaps);
  assert.equal(items.filter((item: { data?: object }) => item.data).length, objects);
  const again = await watchFrom(metadata.resourceVersion);
  await call("DELETE", `${configMaps}/c-0`);
  const event = await again.next();
  assert.deepEqual([event.type, event.object.metadata.name], ["DELETED", "c-0"]);
  again.close();
});
