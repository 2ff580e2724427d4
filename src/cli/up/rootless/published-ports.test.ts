import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { relaySocketName } from "./messages.ts";
import { PublishedPorts } from "./published-ports.ts";
import { serveRelay } from "./relay.ts";

const host = "127.0.0.1";

/** A server that answers what it was sent once the client has no more to send, and the two ends of a relay before it. */
async function setUp(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), "porthole-relay-"));
  const path = join(dir, relaySocketName);
  const inside = createServer({ allowHalfOpen: true }, async (socket) => {
    socket.end(`got ${(await text(socket)).length}`);
  }).listen(0, host);
  await once(inside, "listening");
  const relay = await serveRelay(path);
  const ports = new PublishedPorts(path);
  t.after(() => {
    ports.close();
    relay.close();
    inside.close();
    rmSync(dir, { recursive: true });
  });
  const { port } = inside.address() as AddressInfo;
  return { ports, lead: { listenAddress: host, listenPort: 0, address: host, port } };
}

function ask(port: number | undefined, sent: string): Promise<string> {
  const socket = connect({ host, port: port ?? 0 });
  socket.end(sent);
  return text(socket);
}

test("a published port leads to its address inside, and each side may end its half first", async (t) => {
  const { ports, lead } = await setUp(t);
  const [listening] = await ports.set([lead]);
  assert.equal(await ask(listening, "hello"), "got 5");
  assert.equal(await ask(listening, "x".repeat(3_000_000)), "got 3000000");
});

test("a port that is not wanted any more is closed, the others stay", async (t) => {
  const { ports, lead } = await setUp(t);
  const other = { ...lead, listenAddress: "127.0.0.2" };
  const [first, second] = await ports.set([lead, other]);
  assert.deepEqual(await ports.set([lead]), [first]);
  await assert.rejects(once(connect({ host: "127.0.0.2", port: second ?? 0 }), "connect"), /ECONNREFUSED/);
  assert.equal(await ask(first, "still"), "got 5");
});

test("a port that somebody holds is told of, and tried again the next time", async (t) => {
  const { ports, lead } = await setUp(t);
  const holder = createServer().listen(0, host);
  await once(holder, "listening");
  const taken = { ...lead, listenPort: (holder.address() as AddressInfo).port };
  assert.deepEqual(await ports.set([taken]), [undefined]);
  holder.close();
  await once(holder, "close");
  assert.deepEqual(await ports.set([taken]), [taken.listenPort]);
});

test("a connection to where nobody listens inside is closed", async (t) => {
  const { ports, lead } = await setUp(t);
  const nobody = createServer().listen(0, host);
  await once(nobody, "listening");
  const { port } = nobody.address() as AddressInfo;
  nobody.close();
  await once(nobody, "close");
  const [listening] = await ports.set([{ ...lead, port }]);
  const socket = connect({ host, port: listening ?? 0 });
  socket.on("error", () => {});
  await once(socket.resume(), "close");
});
