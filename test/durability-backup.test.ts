import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { type ApiDirectory, createApiDirectory, startApiProcess } from "./support/api-process.ts";
import { openLedger } from "./support/durability-ledger.ts";
import { porthole } from "./support/local-cluster.ts";

const run = promisify(execFile);
const collection = "/api/v1/namespaces/default/configmaps";

test("a backup of a server under load is what it was at one moment, and a restored one never takes a revision for another", async () => {
  await using directory = await createApiDirectory();
  const { original, restored, backup } = placesIn(directory);
  const ledger = openLedger();
  const server = await startApiProcess(directory.args("original"));
  const writing = Promise.all([ledger.write(server, "a"), ledger.write(server, "b")]);
  let seen: string;
  try {
    const { body: before } = await server.call("POST", collection, { metadata: { name: "before" } });
    await run(porthole, ["apiserver", "backup", "--data-dir", original, backup]);
    assert.equal((await stat(backup)).mode & 0o777, 0o600);
    const { body: after } = await server.call("PUT", `${collection}/before`, {
      ...before,
      data: { lost: "1" },
    });
    seen = after.metadata.resourceVersion;
  } finally {
    await server.kill();
    await writing;
  }
  await run(porthole, ["apiserver", "restore", "--data-dir", restored, backup]);
  const second = await startApiProcess(directory.args("restored"));
  try {
    const { body: kept } = await second.call("GET", `${collection}/before`);
    assert.equal(kept.data, undefined);
    const { body: list } = await second.call("GET", collection);
    assert.ok(Number(list.metadata.resourceVersion) > Number(seen));
    for await (const { type, object } of second.watch(
      `${collection}?resourceVersion=${seen}`,
      AbortSignal.timeout(10_000),
    )) {
      assert.deepEqual([type, object.code, object.reason], ["ERROR", 410, "Expired"]);
      break;
    }
    const stale = { metadata: { name: "before", resourceVersion: seen }, data: { lost: "2" } };
    assert.equal((await second.call("PUT", `${collection}/before`, stale)).status, 409);
    const service = { metadata: { name: "new" }, spec: { type: "NodePort", ports: [{ port: 80 }] } };
    assert.equal((await second.call("POST", "/api/v1/namespaces/default/services", service)).status, 201);
  } finally {
    await second.kill();
  }
});

test("backup and restore say what to do when they cannot", async () => {
  await using directory = await createApiDirectory();
  const { path, tokenFile } = directory;
  const { original, restored, backup } = placesIn(directory);
  const server = await startApiProcess(directory.args("original"));
  await server.kill();
  await run(porthole, ["apiserver", "backup", "--data-dir", original, backup]);
  const torn = join(path, "torn");
  await writeFile(torn, (await run("head", ["-c", "20000", backup], { encoding: "buffer" })).stdout);
  await writeFile(join(path, "empty"), "");
  await run(porthole, ["apiserver", "restore", "--data-dir", restored, backup]);
  const fresh = join(path, "fresh");
  for (const { args, says } of [
    { args: ["backup", "--data-dir", original, backup], says: /exists\. Choose another name/ },
    {
      args: ["backup", "--data-dir", path, join(path, "x")],
      says: /holds no state\.db\. Name the --data-dir/,
    },
    { args: ["restore", "--data-dir", restored, backup], says: /not empty .*Name a new directory/ },
    { args: ["restore", "--data-dir", fresh, join(path, "none")], says: /no such file/ },
    { args: ["restore", "--data-dir", fresh, torn], says: /damaged/ },
    { args: ["restore", "--data-dir", fresh, join(path, "empty")], says: /empty/ },
    { args: ["restore", "--data-dir", fresh, tokenFile], says: /damaged or not a store/ },
    { args: ["restore", "--data-dir", fresh, join(original, "state.db")], says: /not a backup/ },
  ]) {
    await assert.rejects(run(porthole, ["apiserver", ...args]), (error: Error & { stderr: string }) => {
      assert.match(error.stderr, says, args.join(" "));
      assert.doesNotMatch(error.stderr, /\n\s+at /);
      return true;
    });
  }
  await run(porthole, ["apiserver", "restore", "--data-dir", fresh, backup]);
});

function placesIn({ path }: ApiDirectory) {
  return {
    original: join(path, "original"),
    restored: join(path, "restored"),
    backup: join(path, "backup"),
  };
}
