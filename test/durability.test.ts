import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type ApiProcess, createApiDirectory, startApiProcess } from "./support/api-process.ts";
import { openLedger } from "./support/durability-ledger.ts";

/** Each takes about 0.7 s. */
const kills = Number(process.env.PORTHOLE_TEST_KILLS ?? 12);
const clients = 8;

test(`a loaded server that is killed ${kills} times keeps what it acknowledged, whole`, {
  timeout: 30_000 + kills * 10_000,
}, async () => {
  await using directory = await createApiDirectory();
  const ledger = openLedger();
  const watched = new Map<string, string>();
  let revision = "";
  for (let round = 0; round <= kills; round++) {
    const server = await startApiProcess(directory.args());
    try {
      const lists = await ledger.check(server);
      requireDistinctAllocations(lists.get("services") ?? []);
      await requireAddressObjects(server, lists.get("services") ?? []);
      revision = await catchUp(server, watched, revision);
      const expected = (lists.get("configmaps") ?? []).map(({ metadata }) => [
        metadata.name,
        metadata.resourceVersion,
      ]);
      assert.deepEqual([...watched].toSorted(), expected.toSorted(), "what the watch told");
      if (round === kills) break;
      const writing = Promise.all(
        Array.from({ length: clients }, (_, index) => ledger.write(server, `client-${index}`)),
      );
      const before = ledger.acknowledgedWrites;
      await Promise.race([writing, reach(() => ledger.acknowledgedWrites > before + 20 + round * 3)]);
      await delay(Math.random() * 20);
      await server.kill();
      await writing;
    } finally {
      await server.kill();
    }
  }
  assert.ok(ledger.acknowledgedWrites >= kills * 20);
});

/** Follows a watch from where the last one ended until it has told of a mark that is written now. Returns its revision. */
async function catchUp(server: ApiProcess, state: Map<string, string>, revision: string): Promise<string> {
  const path = "/api/v1/namespaces/default/configmaps";
  const from = revision === "" ? "" : `?resourceVersion=${revision}`;
  const end = new AbortController();
  await server.call("DELETE", `${path}/mark`);
  const { body: mark } = await server.call("POST", path, { metadata: { name: "mark" } });
  let last = Number(revision);
  for await (const { type, object } of server.watch(path + from, end.signal)) {
    assert.notEqual(type, "ERROR", JSON.stringify(object));
    const { name, resourceVersion } = object.metadata;
    if (revision !== "") {
      assert.ok(Number(resourceVersion) > last, "events come in order, each once");
      last = Number(resourceVersion);
    }
    if (name === "mark") {
      if (type === "ADDED" && object.metadata.uid === mark.metadata.uid) break;
    } else if (object.metadata.labels?.value === undefined) continue;
    else if (type === "DELETED") state.delete(name);
    else state.set(name, resourceVersion);
  }
  end.abort();
  await server.call("DELETE", `${path}/mark`);
  return mark.metadata.resourceVersion;
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
function requireDistinctAllocations(services: readonly any[]): void {
  const ports = services.flatMap(({ spec }) =>
    spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort),
  );
  assert.equal(new Set(ports).size, ports.length, "a node port is owned twice");
  assert.ok(ports.every((port) => port >= 30_000));
  const addresses = services.map(({ spec }) => spec.clusterIP);
  assert.equal(new Set(addresses).size, addresses.length, "a cluster address is owned twice");
}

/** A Service and the IPAddress that says so are one commit. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
async function requireAddressObjects(server: ApiProcess, services: readonly any[]): Promise<void> {
  const { body } = await server.call("GET", "/apis/networking.k8s.io/v1/ipaddresses");
  const owners = new Map<string, string>(
    // biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
    body.items.map(({ metadata, spec }: any) => [metadata.name, spec.parentRef.name]),
  );
  owners.delete("10.96.0.1");
  assert.deepEqual(
    [...owners].toSorted(),
    services.map(({ metadata, spec }) => [spec.clusterIP, metadata.name]).toSorted(),
  );
}

async function reach(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(1);
}
