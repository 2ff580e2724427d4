import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { after, test } from "node:test";
import type { Target } from "../../forwarding/index.ts";
import { backend } from "../../forwarding/index.ts";
import { silentLogger } from "../../lib/log.ts";
import type { Dataplane } from "../dataplane.ts";
import type { Limits } from "./limits.ts";
import {
  forwardTo,
  freePort,
  makeFrontend,
  makeTable,
  nodeAddress,
  startNamed,
  startServer,
  strangerAddress,
  talk,
} from "./testing.ts";
import { createUserspaceDataplane } from "./userspace-dataplane.ts";

const opened: Dataplane[] = [];
after(() => Promise.all(opened.map((dataplane) => dataplane.close(0))));

function open(limits: Partial<Limits> = {}): Dataplane {
  const dataplane = createUserspaceDataplane({ log: silentLogger, limits });
  opened.push(dataplane);
  return dataplane;
}

const drop: Target = { kind: "drop", reason: "no-local-endpoints" };
const reject: Target = { kind: "reject", reason: "no-endpoints" };

/** Resolves with "silent" when nothing has come of a connection attempt for a while. */
async function isSilent(port: number, from: string): Promise<boolean> {
  const socket = connect({ host: nodeAddress, port, localAddress: from });
  const quiet = new Promise<"quiet">((resolve) => setTimeout(resolve, 300, "quiet"));
  const outcome = await Promise.race([
    once(socket, "connect").then(
      () => "connected",
      (error: NodeJS.ErrnoException) => error.code,
    ),
    quiet,
  ]);
  socket.destroy();
  return outcome === "quiet";
}

test("a connection reaches each of the backends and comes from the node's address", async () => {
  await using first = await startServer((socket) => socket.end(`first ${socket.remoteAddress}`));
  await using second = await startServer((socket) => socket.end(`second ${socket.remoteAddress}`));
  const port = await freePort();
  const dataplane = open();
  const table = makeTable(makeFrontend(port, forwardTo(first.backend, second.backend)));
  assert.deepEqual(await dataplane.apply(table), { programmed: 1, problems: [] });
  const answers = new Set<string>();
  for (let count = 0; count < 40; count += 1) answers.add(await talk(port));
  assert.deepEqual([...answers].toSorted(), [`first ${nodeAddress}`, `second ${nodeAddress}`]);
});

test("a half-closed client still gets its answer, and the other way round", async () => {
  await using echo = await startServer((socket) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => socket.end(`got ${Buffer.concat(chunks)}`));
  });
  await using talker = await startServer((socket) => {
    socket.end("bye");
    socket.on("data", (chunk) => heard.push(String(chunk)));
    socket.on("end", () => allHeard());
  });
  const heard: string[] = [];
  let allHeard = () => {};
  const hearing = new Promise<void>((resolve) => {
    allHeard = resolve;
  });
  const [port, otherPort] = [await freePort(), await freePort()];
  await open().apply(
    makeTable(
      makeFrontend(port, forwardTo(echo.backend)),
      makeFrontend(otherPort, forwardTo(talker.backend)),
    ),
  );
  assert.equal(await talk(port, "hello"), "got hello");

  const client = connect({ host: nodeAddress, port: otherPort, allowHalfOpen: true });
  client.resume();
  await once(client, "end");
  client.end("said after the server's end");
  await hearing;
  assert.deepEqual(heard, ["said after the server's end"]);
});

test("a frontend without endpoints refuses, and answers as soon as it has one", async () => {
  await using server = await startNamed("up");
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(makeFrontend(port, reject)));
  await assert.rejects(talk(port), { code: "ECONNREFUSED" });
  await dataplane.apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  assert.equal(await talk(port), "up");
  await dataplane.apply(makeTable());
  await assert.rejects(talk(port), { code: "ECONNREFUSED" });
});

test("policy Local without local endpoints is silent towards others and answers the node itself", async () => {
  await using server = await startNamed("elsewhere");
  const port = await freePort();
  const dataplane = open();
  const frontend = makeFrontend(port, drop, { internal: forwardTo(server.backend) });
  await dataplane.apply(makeTable(frontend));
  assert.equal(await isSilent(port, strangerAddress), true);
  assert.equal(await talk(port, "", nodeAddress), "elsewhere");
  await dataplane.apply(makeTable({ ...frontend, external: forwardTo(server.backend) }));
  assert.equal(await talk(port, "", strangerAddress), "elsewhere");
});

test("sources outside the ranges get no answer", async () => {
  await using server = await startNamed("in");
  const port = await freePort("127.3.0.2");
  const frontend = makeFrontend(port, forwardTo(server.backend), {
    kind: "LoadBalancerIP",
    address: nodeAddress,
    sourceRanges: ["127.3.9.0/24", "10.0.0.0/8"],
  });
  await open().apply(makeTable(frontend));
  assert.equal(await talk(port, "", strangerAddress), "in");
  assert.equal(await isSilent(port, "127.3.8.8"), true);
});

test("a backend that refuses is passed over, and a client is reset when none is left", async () => {
  await using server = await startNamed("alive");
  const dead = [backend("127.3.2.9", 9, true), backend("127.3.2.8", 9, true)];
  const [port, deadPort] = [await freePort(), await freePort()];
  const dataplane = open();
  await dataplane.apply(
    makeTable(
      makeFrontend(port, forwardTo(...dead, server.backend)),
      makeFrontend(deadPort, forwardTo(...dead)),
    ),
  );
  for (let count = 0; count < 10; count += 1) assert.equal(await talk(port), "alive");
  await assert.rejects(talk(deadPort), { code: "ECONNRESET" });
  assert.equal(dataplane.counters?.().get(`NodePort/IPv4/TCP/*:${deadPort}`)?.refused, 1);
});

test("a backend that does not answer in time is passed over", {
  skip: process.platform !== "linux",
}, async () => {
  await using alive = await startNamed("alive");
  const silentPort = await freePort("127.3.0.7");
  const silence = { ...makeTable(makeFrontend(silentPort, drop)), nodeAddresses: ["127.3.0.7"] };
  await open().apply({ ...silence, nodePortAddresses: ["127.3.0.7"] });
  const port = await freePort();
  const target = forwardTo(backend("127.3.0.7", silentPort, false), alive.backend);
  await open({ connectTimeoutMs: 50 }).apply(makeTable(makeFrontend(port, target)));
  for (let count = 0; count < 5; count += 1) assert.equal(await talk(port), "alive");
});

test("a client that gives up while a backend is sought leaves nothing behind", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  for (let count = 0; count < 20; count += 1) {
    const client = connect({ host: nodeAddress, port });
    await once(client, "connect");
    client.resetAndDestroy();
    await once(client, "close");
  }
  assert.equal(await talk(port, "still there"), "still there");
  await dataplane.close(60_000);
  assert.equal(dataplane.counters?.().get(`NodePort/IPv4/TCP/*:${port}`)?.active, 0);
});

test("clients beyond the bound of connections are reset", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  const port = await freePort();
  await open({ connections: 1 }).apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  const first = connect({ host: nodeAddress, port });
  first.write("x");
  await once(first, "data");
  await assert.rejects(talk(port), { code: "ECONNRESET" });
  first.destroy();
});

test("dropped clients that the kernel cannot tell apart are held in silence, a bounded number of them", async () => {
  await using server = await startNamed("in");
  const port = await freePort();
  const frontend = makeFrontend(port, forwardTo(server.backend), {
    kind: "LoadBalancerIP",
    address: nodeAddress,
    sourceRanges: Array.from({ length: 400 }, (_, index) => `10.${index % 256}.0.0/16`),
  });
  await open({ heldClients: 1 }).apply(makeTable(frontend));
  const first = connect({ host: nodeAddress, port, localAddress: strangerAddress });
  await once(first, "connect");
  const firstEnds = once(first.resume(), "close");
  const second = connect({ host: nodeAddress, port, localAddress: strangerAddress });
  await once(second, "connect");
  await firstEnds;
  second.destroy();
});

test("a reset travels through in both directions", async () => {
  let accepted: (socket: Socket) => void = () => {};
  await using server = await startServer((socket) => {
    socket.once("data", (chunk) => {
      if (String(chunk) === "reset me") socket.resetAndDestroy();
      else accepted(socket);
    });
  });
  const port = await freePort();
  await open().apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  await assert.rejects(talk(port, "reset me"), { code: "ECONNRESET" });

  const arrived = new Promise<Socket>((resolve) => {
    accepted = resolve;
  });
  const client = connect({ host: nodeAddress, port });
  client.write("hello");
  const socket = await arrived;
  const failed = once(socket, "error");
  await once(socket.pause().resume(), "resume");
  client.resetAndDestroy();
  const [error] = await Promise.race([failed, once(socket, "close").then(() => [undefined])]);
  assert.equal((error as NodeJS.ErrnoException | undefined)?.code, "ECONNRESET");
});

test("established connections live on when their endpoint and the frontend leave", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  const client = connect({ host: nodeAddress, port });
  client.write("before");
  assert.equal(String((await once(client, "data"))[0]), "before");
  await dataplane.apply(makeTable());
  client.write("after");
  assert.equal(String((await once(client, "data"))[0]), "after");
  client.destroy();
});

test("a client with affinity stays on its backend until that leaves", async () => {
  await using first = await startNamed("first");
  await using second = await startNamed("second");
  const port = await freePort();
  const dataplane = open();
  const table = (...servers: (typeof first)[]) =>
    makeTable(
      makeFrontend(port, forwardTo(...servers.map((server) => server.backend)), { affinitySeconds: 60 }),
    );
  await dataplane.apply(table(first, second));
  const chosen = await talk(port);
  for (let count = 0; count < 20; count += 1) assert.equal(await talk(port), chosen);
  const [stays, other] = chosen === "first" ? [second, "second"] : [first, "first"];
  await dataplane.apply(table(stays));
  assert.equal(await talk(port), other);
  await dataplane.apply(table(first, second));
  assert.equal(await talk(port), other);
});

test("a backend is told the client's address by PROXY protocol version 1", async () => {
  await using server = await startServer((socket) => socket.once("data", (chunk) => socket.end(chunk)));
  const port = await freePort();
  await open().apply(makeTable(makeFrontend(port, forwardTo(server.backend), { proxyProtocol: "v1" })));
  const client = connect({ host: nodeAddress, port, localAddress: strangerAddress });
  const [header] = await once(client, "data");
  assert.equal(
    String(header),
    `PROXY TCP4 ${strangerAddress} ${nodeAddress} ${client.localPort} ${port}\r\n`,
  );
  client.destroy();
});

test("memory stays flat while a reader is slow, in both directions", async () => {
  const chunk = Buffer.alloc(1 << 18);
  let sent = 0;
  const count = (error?: Error | null) => {
    if (!error) sent += chunk.length;
  };
  const flood = (socket: Socket) => {
    const more = () => {
      while (socket.write(chunk, count));
    };
    socket.on("drain", more);
    more();
  };
  const readers: Socket[] = [];
  await using source = await startServer(flood);
  await using sink = await startServer((socket) => readers.push(socket.pause()));
  const [download, upload] = [await freePort(), await freePort()];
  const dataplane = open();
  await dataplane.apply(
    makeTable(
      makeFrontend(download, forwardTo(source.backend)),
      makeFrontend(upload, forwardTo(sink.backend)),
    ),
  );
  const clients = [
    connect({ host: nodeAddress, port: download }),
    connect({ host: nodeAddress, port: upload }),
  ];
  clients[0]?.pause();
  clients[1]?.on("error", () => {});
  if (clients[1]) flood(clients[1]);
  let before = -1;
  while (before !== sent || sent === 0) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const held = process.memoryUsage();
  assert.ok(held.external < 64 << 20, `${held.external} bytes are held outside the heap`);
  const counters = [...(dataplane.counters?.().values() ?? [])];
  // What the kernel's two socket buffers of each connection took in, and one read in flight.
  for (const { bytesReceived, bytesSent } of counters) assert.ok(bytesReceived + bytesSent < 32 << 20);
  for (const client of clients) client.destroy();
});

test("every byte arrives, whatever the sizes of reads and writes", async () => {
  await using echo = await startServer((socket) => socket.pipe(socket));
  const port = await freePort();
  await open().apply(makeTable(makeFrontend(port, forwardTo(echo.backend))));
  const data = Buffer.alloc(24 << 20);
  for (let index = 0; index < data.length; index += 4) data.writeUInt32LE((index * 2654435761) >>> 0, index);
  const clients = Array.from({ length: 6 }, async (_, index) => {
    const client = connect({ host: nodeAddress, port });
    const mine = data.subarray(index * 4096);
    client.end(mine);
    const chunks: Buffer[] = [];
    for await (const chunk of client) {
      chunks.push(chunk as Buffer);
      if (chunks.length % 50 === index) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.ok(Buffer.concat(chunks).equals(mine), `stream ${index} differs`);
  });
  await Promise.all(clients);
});

test("a port that is taken is reported with its holder, and had at a later apply", async () => {
  const port = await freePort();
  const holder = createServer().listen(port, nodeAddress);
  await once(holder, "listening");
  await using server = await startNamed("mine");
  const dataplane = open();
  const table = makeTable(makeFrontend(port, forwardTo(server.backend)));
  const { programmed, problems } = await dataplane.apply(table);
  assert.equal(programmed, 0);
  assert.equal(problems[0]?.code, "address-in-use");
  if (process.platform === "linux")
    assert.match(problems[0]?.message ?? "", new RegExp(`process ${process.pid} `));
  holder.close();
  await once(holder, "close");
  assert.deepEqual(await dataplane.apply(table), { programmed: 1, problems: [] });
  assert.equal(await talk(port), "mine");
});

test("an address of another machine is reported as not available", async () => {
  const frontend = makeFrontend(443, forwardTo(backend("127.3.2.1", 1, true)), {
    kind: "ClusterIP",
    address: "192.0.2.1",
  });
  const { problems } = await open().apply(makeTable(frontend));
  assert.deepEqual(
    problems.map(({ code, address }) => ({ code, address })),
    [{ code: "address-not-available", address: "192.0.2.1" }],
  );
});

test("several dataplanes share a cluster address", async () => {
  await using server = await startNamed("shared");
  const address = "127.3.5.1";
  const port = await freePort(address);
  const table = makeTable(makeFrontend(port, forwardTo(server.backend), { kind: "ClusterIP", address }));
  for (const dataplane of [open(), open()]) {
    assert.deepEqual(await dataplane.apply(table), { programmed: 1, problems: [] });
  }
  assert.equal(await talk(port, "", undefined, address), "shared");
});

test("close lets connections end by themselves, and resets them after the grace", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  const client = connect({ host: nodeAddress, port });
  client.write("x");
  await once(client, "data");
  const closing = dataplane.close(60_000);
  client.end();
  await closing;

  const second = open();
  await second.apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  const stubborn = connect({ host: nodeAddress, port });
  stubborn.write("x");
  await once(stubborn, "data");
  const failed = once(stubborn, "error");
  await second.close(0);
  assert.equal(((await failed)[0] as NodeJS.ErrnoException).code, "ECONNRESET");
  await assert.rejects(talk(port), { code: "ECONNREFUSED" });
});

test("when its time is over, a quiet connection ends as if the backend had ended it", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  const client = connect({ host: nodeAddress, port });
  client.write("x");
  await once(client, "data");
  const ended = once(client, "end");
  await dataplane.close(1);
  await ended;
});

test("a connection whose client waits for an answer is not ended before it has come", async () => {
  const asked = Promise.withResolvers<() => void>();
  await using server = await startServer((socket) => {
    socket.once("data", () => asked.resolve(() => socket.write("answer")));
  });
  const port = await freePort();
  const dataplane = open();
  await dataplane.apply(makeTable(makeFrontend(port, forwardTo(server.backend))));
  const client = connect({ host: nodeAddress, port });
  client.write("question");
  const answer = await asked.promise;
  dataplane.letGo?.(new Set([nodeAddress]));
  const received = once(client, "data");
  const ended = once(client, "end");
  answer();
  assert.equal(String((await received)[0]), "answer");
  await ended;
});

test("letting go of an address leaves the connections to others alone", async () => {
  await using server = await startServer((socket) => socket.pipe(socket));
  const port = await freePort();
  const [one, other] = ["127.33.0.1", "127.33.0.2"] as const;
  const dataplane = open();
  const frontends = [one, other].map((address) =>
    makeFrontend(port, forwardTo(server.backend), { kind: "ClusterIP", address }),
  );
  await dataplane.apply(makeTable(...frontends));
  const [left, kept] = [connect({ host: one, port }), connect({ host: other, port })];
  for (const client of [left, kept]) {
    client.write("x");
    await once(client, "data");
  }
  const ended = once(left, "end");
  dataplane.letGo?.(new Set([one]));
  await ended;
  kept.write("still here");
  assert.equal(String((await once(kept, "data"))[0]), "still here");
  kept.destroy();
});
