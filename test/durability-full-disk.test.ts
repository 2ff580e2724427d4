import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type ApiProcess, createApiDirectory, startApiProcess } from "./support/api-process.ts";

/** The server comes back where it was, as servers do: a new address would have to be stored, for which there is no room. */
const listen = `127.${128 + ((process.pid >> 8) % 64)}.${process.pid & 255}.200:6443`;
const collection = "/api/v1/namespaces/default/configmaps";

test("a server whose disk is full says so, goes on reading, loses nothing, and writes again when there is room", {
  skip: process.getuid?.() !== 0 || process.platform !== "linux",
}, async () => {
  await using directory = await createApiDirectory();
  using disk = smallDisk(join(directory.path, "data"));
  const args = directory.args();
  let server = await startApiProcess(args, listen);
  try {
    const written = await fill(server);
    await requireAll(server, written);
    await server.kill();
    server = await startApiProcess(args, listen);
    await requireAll(server, written);
    execFileSync("mount", ["-o", "remount,size=32m", disk.path]);
    const after = await server.call("POST", collection, configMap("after"));
    assert.equal(after.status, 201, JSON.stringify(after.body));
    await requireAll(server, [...written, "after"]);
  } finally {
    await server.kill();
  }
});

/** Resolves with the names that were acknowledged. */
async function fill(server: ApiProcess): Promise<readonly string[]> {
  const written: string[] = [];
  for (let index = 0; ; index++) {
    const name = `c-${index}`;
    const { status, body } = await server.call("POST", collection, configMap(name));
    if (status === 201) {
      written.push(name);
      continue;
    }
    assert.deepEqual([status, body.kind, body.reason], [507, "Status", "InsufficientStorage"]);
    assert.match(body.message, /database space exceeded.*make room/);
    return written;
  }
}

async function requireAll(server: ApiProcess, names: readonly string[]): Promise<void> {
  const { status, body } = await server.call("GET", collection);
  assert.equal(status, 200);
  assert.deepEqual(
    body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name).toSorted(),
    names.toSorted(),
  );
}

function configMap(name: string) {
  return { metadata: { name }, data: { text: "x".repeat(100_000) } };
}

function smallDisk(path: string) {
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "porthole-test", path]);
  return { path, [Symbol.dispose]: () => void execFileSync("umount", ["-l", path]) };
}
