import assert from "node:assert/strict";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  skipWithoutEtcd,
  startEtcd,
  type TestEtcd,
  untilSucceeds,
} from "../src/store/etcd/testing/etcd-process.ts";
import {
  type ApiDirectory,
  type ApiProcess,
  createApiDirectory,
  startApiProcess,
} from "./support/api-process.ts";

const services = "/api/v1/namespaces/default/services";
const configMaps = "/api/v1/namespaces/default/configmaps";

describe("two API servers on one etcd", { skip: skipWithoutEtcd, timeout: 110_000 }, () => {
  let directory: ApiDirectory;
  let etcd: TestEtcd;
  let first: ApiProcess;
  let second: ApiProcess;

  const start = (name: string) =>
    startApiProcess([
      ...directory.args(name),
      ...["--etcd-servers", etcd.servers.join(","), "--service-node-port-range", "30000-30199"],
    ]);

  before(async () => {
    directory = await createApiDirectory();
    etcd = await startEtcd({ members: 3 });
    first = await start("first");
    // One authority makes the servers interchangeable; each issues its own certificates with it.
    await mkdir(join(directory.path, "second", "pki"), { recursive: true });
    for (const file of ["ca.crt", "ca.key"]) {
      await cp(join(directory.path, "first/pki", file), join(directory.path, "second/pki", file));
    }
    second = await start("second");
  });
  after(async () => {
    await Promise.all([first.kill(), second.kill()]);
    await etcd[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });

  const nodePort = (name: string, port?: number) => ({
    metadata: { name },
    spec: { type: "NodePort", ports: [{ port: 80, ...(port === undefined ? {} : { nodePort: port }) }] },
  });

  test("never give one number twice, whoever creates at once, and can use up the whole range", async () => {
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        (i % 2 === 0 ? first : second).call("POST", services, nodePort(`many-${i}`)),
      ),
    );
    assert.deepEqual([...new Set(replies.map(({ status }) => status))], [201], failuresOf(replies));
    const ports = replies.map(({ body }) => body.spec.ports[0].nodePort);
    const addresses = replies.map(({ body }) => body.spec.clusterIP);
    assert.deepEqual([new Set(ports).size, new Set(addresses).size], [200, 200]);
    for (const server of [first, second]) {
      const full = await server.call("POST", services, nodePort("one-more"));
      assert.equal(full.status, 500);
      assert.match(full.body.message, /failed to allocate a nodePort: range is full/);
    }
  });

  test("give a number back on every server at once", async () => {
    const { body } = await first.call("GET", `${services}/many-7`);
    const port = body.spec.ports[0].nodePort;
    for (let round = 0; round < 20; round++) {
      const [one, other] = round % 2 === 0 ? [first, second] : [second, first];
      const name = round === 0 ? "many-7" : `again-${round - 1}`;
      assert.equal((await one.call("DELETE", `${services}/${name}`)).status, 200);
      const created = await other.call("POST", services, nodePort(`again-${round}`, port));
      assert.equal(created.status, 201, JSON.stringify(created.body));
      const refused = await one.call("POST", services, nodePort("refused", port));
      assert.equal(refused.status, 422);
      assert.match(refused.body.message, /provided port is already allocated/);
    }
    for (let i = 0; i < 100; i++) if (i !== 7) await second.call("DELETE", `${services}/many-${i}`);
  });

  test("of creates at once that want one explicit number, one succeeds and the others are told why not", async () => {
    await first.call("DELETE", `${services}/many-150`);
    const freed = (await first.call("GET", `${services}/many-151`)).body.spec.ports[0].nodePort;
    await first.call("DELETE", `${services}/many-151`);
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? first : second).call("POST", services, nodePort(`wants-${i}`, freed)),
      ),
    );
    assert.deepEqual(
      replies.map(({ status }) => status).sort(),
      [201, ...Array.from({ length: 19 }, () => 422)],
      failuresOf(replies),
    );
  });

  test("health-check ports come from the same range on both", async () => {
    const spec = { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: [{ port: 80 }] };
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? first : second).call("POST", services, { metadata: { name: `lb-${i}` }, spec }),
      ),
    );
    const { items } = (await first.call("GET", services)).body;
    assert.equal(replies.filter(({ status }) => status === 201).length, 20, failuresOf(replies));
    const ports = items.flatMap(
      ({ spec: stored }: { spec: { ports: { nodePort?: number }[]; healthCheckNodePort?: number } }) => [
        ...stored.ports.flatMap(({ nodePort: port }) => port ?? []),
        ...(stored.healthCheckNodePort ? [stored.healthCheckNodePort] : []),
      ],
    );
    assert.equal(new Set(ports).size, ports.length);
  });

  test("show each other's writes in watches, through etcd's restart and its leader's death, none lost and none twice", async () => {
    const ends = new AbortController();
    const from = (await second.call("GET", configMaps)).body.metadata.resourceVersion;
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of second.watch(
        `${configMaps}?resourceVersion=${from}`,
        ends.signal,
      )) {
        assert.equal(type, "ADDED", JSON.stringify(object));
        seen.push(object.metadata.name);
        if (object.metadata.name === "last") return;
      }
    })();
    const create = (name: string) =>
      untilSucceeds(async () => {
        const { status, body } = await first.call("POST", configMaps, { metadata: { name } });
        // A create whose answer was lost may have taken place.
        assert.ok(status === 201 || body.reason === "AlreadyExists", JSON.stringify(body));
      });
    const names: string[] = [];
    for (let member = 0; member < 3; member++) {
      for (let i = 0; i < 20; i++) {
        const name = `while-${member}-${i}`;
        names.push(name);
        if (i === 5) await etcd.kill(member);
        if (i === 15) await etcd.start(member);
        await create(name);
      }
    }
    await create("last");
    await watching;
    assert.deepEqual(seen, [...names, "last"]);
  });

  test("go on, one of them, when the other is killed; it comes back and knows all", async () => {
    const creates = Array.from({ length: 40 }, async (_, i) => {
      const server = i % 2 === 0 ? first : second;
      const name = `killed-${i}`;
      if (i === 20) void second.kill();
      const attempt = () => server.call("POST", configMaps, { metadata: { name } });
      const { status } = await attempt().catch(() => first.call("POST", configMaps, { metadata: { name } }));
      assert.ok(status === 201 || status === 409, `${name}: ${status}`);
    });
    await Promise.all(creates);
    second = await start("second");
    const { items } = (await second.call("GET", configMaps)).body;
    const kept = new Set(items.map(({ metadata }: { metadata: { name: string } }) => metadata.name));
    for (let i = 0; i < 40; i++) assert.ok(kept.has(`killed-${i}`));
    const taken = (await first.call("GET", `${services}/many-198`)).body.spec.ports[0].nodePort;
    assert.equal((await second.call("POST", services, nodePort("late", taken))).status, 422);
  });
});

function failuresOf(replies: readonly { status: number; body: { message?: string } }[]): string {
  return JSON.stringify(
    replies
      .filter(({ status }) => status !== 201)
      .map(({ body }) => body.message)
      .slice(0, 3),
  );
}
