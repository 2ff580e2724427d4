import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import {
  createNetworkNamespace,
  deleteNetworkNamespace,
  listNetworkNamespaces,
  openNetworkNamespace,
} from "./network-namespace.ts";
import { ipJson, needsRoot, runIn, testNamespace, withoutLeaks } from "./testing/kernel-test.ts";

const own = () => readlinkSync("/proc/thread-self/ns/net");

test("a namespace that was made is one of ip netns, until it is deleted", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  const { name } = namespace;
  assert.ok(runIn(namespace, "ip", "netns", "list").includes(name));
  assert.deepEqual(listNetworkNamespaces(name), [name]);
  const links = ipJson(namespace, "link");
  assert.deepEqual(
    links.map(({ ifname }: { ifname: string }) => ifname).filter((ifname: string) => ifname === "lo"),
    ["lo"],
  );
  await deleteNetworkNamespace(name);
  assert.deepEqual(listNetworkNamespaces(name), []);
  await deleteNetworkNamespace(name);
});

test("a name is given once, and an open handle outlives it", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  await assert.rejects(
    createNetworkNamespace(namespace.name),
    /Cannot create the network namespace "pt-.*EEXIST/,
  );
  using second = await openNetworkNamespace(namespace.name);
  await deleteNetworkNamespace(namespace.name);
  await assert.rejects(openNetworkNamespace(namespace.name), /ENOENT/);
  assert.notEqual(second.run(own), own());
  assert.equal(second.run(own), namespace.run(own));
});

test("a name without a namespace is told from one, and can be deleted", needsRoot, async (t) => {
  const name = `pt-${process.pid}-empty`;
  const path = `/run/netns/${name}`;
  await testNamespace(t);
  writeFileSync(path, "");
  t.after(() => rmSync(path, { force: true }));
  await assert.rejects(
    openNetworkNamespace(name),
    /Cannot open the network namespace "pt-.*is an empty file here/,
  );
  await deleteNetworkNamespace(name);
  await assert.rejects(openNetworkNamespace(name), /ENOENT/);
});

test("run comes back, after a failure too, and can be nested", needsRoot, async (t) => {
  const [a, b] = [await testNamespace(t), await testNamespace(t)];
  const home = own();
  const seen = a.run(() => [own(), b.run(own), own()]);
  assert.equal(new Set([...seen, home]).size, 3);
  assert.equal(seen[0], seen[2]);
  assert.throws(
    () =>
      a.run(() => {
        throw new RangeError("mine");
      }),
    /mine/,
  );
  assert.equal(own(), home);
});

test(
  "a child process that is spawned inside stays inside, and nobody else goes there",
  needsRoot,
  async (t) => {
    const namespace = await testNamespace(t);
    const home = own();
    const start = () => spawn("readlink", ["/proc/self/ns/net"], { stdio: ["ignore", "pipe", "inherit"] });
    const [inside, outside] = [namespace.run(start), start()];
    const said = await Promise.all([text(inside.stdout), text(outside.stdout)]);
    assert.deepEqual(said, [`${namespace.run(own)}\n`, `${home}\n`]);
  },
);

test("a server that listens inside is not to be seen outside", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  runIn(namespace, "ip", "link", "set", "lo", "up");
  const server = namespace.run(() => createServer((socket) => socket.end("inside")).listen(4711));
  t.after(() => server.close());
  if (!server.listening) await once(server, "listening");
  const listening = () => readFileSync("/proc/thread-self/net/tcp6", "utf8").includes(":1267 ");
  assert.equal(namespace.run(listening), true);
  assert.equal(listening(), false);
});

test("namespaces that are made, used and deleted leave no descriptors behind", needsRoot, async (t) => {
  await withoutLeaks(async () => {
    const name = `pt-${process.pid}-leak`;
    t.after(() => deleteNetworkNamespace(name));
    using namespace = await createNetworkNamespace(name);
    namespace.run(own);
    await assert.rejects(createNetworkNamespace(name));
    await deleteNetworkNamespace(name);
  });
});

test("names that would leave the folder are refused", async () => {
  for (const name of ["", "..", "a/b", "-x", "a\0b", "x".repeat(300)])
    await assert.rejects(createNetworkNamespace(name), RangeError);
});
