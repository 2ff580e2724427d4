import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, test } from "node:test";
import {
  type Backend,
  backend,
  buildMaglevTable,
  entryOfFlow,
  type Frontend,
  maglevMembers,
} from "../../forwarding/index.ts";
import { silentLogger } from "../../lib/log.ts";
import type { Dataplane } from "../dataplane.ts";
import type { BackendFailure } from "./runtime.ts";
import {
  forwardTo,
  freePort,
  makeFrontend,
  makeTable,
  nodeAddress,
  startNamed,
  startServer,
  strangerAddress,
} from "./testing.ts";
import { createUserspaceDataplane } from "./userspace-dataplane.ts";

const opened: Dataplane[] = [];
after(() => Promise.all(opened.map((dataplane) => dataplane.close(0))));

function open(onBackendFailure?: (failure: BackendFailure) => void): Dataplane {
  const dataplane = createUserspaceDataplane({
    log: silentLogger,
    ...(onBackendFailure && { onBackendFailure }),
  });
  opened.push(dataplane);
  return dataplane;
}

/** Returns the source port that was used, and what the backend said. */
async function ask(port: number): Promise<{ readonly from: number; readonly answer: string }> {
  const socket = connect({ host: nodeAddress, port, localAddress: strangerAddress });
  await once(socket, "connect");
  const from = socket.localPort ?? 0;
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return { from, answer: Buffer.concat(chunks).toString() };
}

const byHash: Partial<Frontend> = { spread: "maglev" };

test("a flow goes where its hash says, so that whoever has the same table chooses the same", async () => {
  await using first = await startNamed("first");
  await using second = await startNamed("second");
  const servers = [first, second].sort((a, b) => (a.backend.key < b.backend.key ? -1 : 1));
  const backends = servers.map((server) => server.backend);
  const names = servers.map((server) => (server === first ? "first" : "second"));
  const port = await freePort();
  await open().apply(makeTable(makeFrontend(port, forwardTo(...backends), byHash)));
  const table = buildMaglevTable(maglevMembers(backends));
  const seen = new Set<string>();
  for (let count = 0; count < 30; count++) {
    const { from, answer } = await ask(port);
    assert.equal(
      answer,
      names[table[entryOfFlow(`${strangerAddress}|${from}`, `${nodeAddress}|${port}`)] ?? 0],
    );
    seen.add(answer);
  }
  assert.equal(seen.size, 2);
});

test("with affinity a client goes where the hash of its address says, whatever its port", async () => {
  await using first = await startNamed("first");
  await using second = await startNamed("second");
  const servers = [first, second].sort((a, b) => (a.backend.key < b.backend.key ? -1 : 1));
  const backends = servers.map((server) => server.backend);
  const names = servers.map((server) => (server === first ? "first" : "second"));
  const table = buildMaglevTable(maglevMembers(backends));
  const seen = new Set<string>();
  // The port is part of what is hashed, so each new one is another throw.
  for (let count = 0; count < 60 && seen.size < 2; count++) {
    const port = await freePort();
    const balancer = open();
    await balancer.apply(
      makeTable(makeFrontend(port, forwardTo(...backends), { ...byHash, affinitySeconds: 600 })),
    );
    const expected = names[table[entryOfFlow(strangerAddress, `${nodeAddress}|${port}`)] ?? 0] ?? "";
    for (let connection = 0; connection < 3; connection++) assert.equal((await ask(port)).answer, expected);
    seen.add(expected);
  }
  assert.equal(seen.size, 2);
});

test("weights say how many flows a backend gets", async () => {
  await using light = await startNamed("light");
  await using heavy = await startNamed("heavy");
  const weighted = (of: Backend, weight: number): Backend => ({ ...of, weight });
  const backends = [weighted(light.backend, 1), weighted(heavy.backend, 50)];
  const port = await freePort();
  await open().apply(makeTable(makeFrontend(port, forwardTo(...backends), byHash)));
  let answers = 0;
  for (let count = 0; count < 60; count++) if ((await ask(port)).answer === "heavy") answers += 1;
  assert.ok(answers > 45, `${answers} of 60`);
});

test("a backend that refuses is told of, and its clients are led to the next one of the hash", async () => {
  await using alive = await startNamed("alive");
  const dead = backend("127.3.2.9", await freePort("127.3.2.9"), false);
  const failures: BackendFailure[] = [];
  const port = await freePort();
  const frontend = makeFrontend(port, forwardTo(dead, alive.backend), byHash);
  await open((failure) => failures.push(failure)).apply(makeTable(frontend));
  for (let count = 0; count < 30; count++) assert.equal((await ask(port)).answer, "alive");
  assert.ok(failures.length > 0);
  assert.deepEqual(
    { ...failures[0], frontend: failures[0]?.frontend.key },
    {
      frontend: frontend.key,
      backend: dead,
      reason: "ECONNREFUSED",
    },
  );
});

test("connections to a backend that may keep none are reset, others of the frontend are not", async () => {
  await using first = await startServer((socket) => socket.write("first"));
  await using second = await startServer((socket) => socket.write("second"));
  const port = await freePort();
  const keys = [first.backend.key, second.backend.key];
  const dataplane = open();
  const tableWith = (to: Backend, established: readonly string[]) =>
    makeTable(makeFrontend(port, forwardTo(to), { ...byHash, established }));
  await dataplane.apply(tableWith(first.backend, keys));
  const leaving = connect({ host: nodeAddress, port });
  await once(leaving, "data");
  await dataplane.apply(tableWith(second.backend, keys));
  const staying = connect({ host: nodeAddress, port });
  await once(staying, "data");
  assert.equal(leaving.destroyed, false);
  const reset = once(leaving, "error");
  await dataplane.apply(tableWith(second.backend, [second.backend.key]));
  const [error] = (await reset) as [NodeJS.ErrnoException];
  assert.equal(error.code, "ECONNRESET");
  assert.equal(staying.destroyed, false);
  staying.destroy();
});
