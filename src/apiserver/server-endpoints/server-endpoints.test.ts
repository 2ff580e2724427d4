import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../lib/log.ts";
import { openSqliteStore, type Store } from "../../store/index.ts";
import { keepServerEndpoints } from "./keep-server-endpoints.ts";

/** A clock that moves only when told, and finishes what that started. */
function manualClock() {
  let now = 0;
  const timers = new Map<object, { readonly atMs: number; run(): void }>();
  return {
    now: () => now,
    after(delayMs: number, run: () => void) {
      const key = {};
      timers.set(key, { atMs: now + delayMs, run });
      return () => void timers.delete(key);
    },
    async advance(ms: number) {
      now += ms;
      for (const [key, { atMs, run }] of timers) {
        if (atMs > now) continue;
        timers.delete(key);
        run();
      }
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

async function endpointsOf(store: Store): Promise<readonly string[]> {
  const entry = await store.get("core/endpoints/default/kubernetes");
  const { subsets } = JSON.parse(entry?.value ?? "{}");
  return subsets.flatMap(({ addresses, ports }: { addresses: { ip: string }[]; ports: { port: number }[] }) =>
    addresses.map(({ ip }) => `${ip}:${ports[0]?.port}`),
  );
}

async function slicesOf(store: Store): Promise<Readonly<Record<string, readonly string[]>>> {
  const { entries } = await store.list("discovery.k8s.io/endpointslices/");
  return Object.fromEntries(
    entries.map(({ value }) => {
      const { metadata, endpoints, ports } = JSON.parse(value);
      const addresses = endpoints.map(
        (one: { addresses: string[] }) => `${one.addresses[0]}:${ports[0].port}`,
      );
      return [metadata.name, addresses];
    }),
  );
}

const log = silentLogger;

test("servers that live are endpoints, one that dies leaves after its lease, one that stops leaves at once", async () => {
  const store = await openSqliteStore(":memory:");
  const [clock, deadClock] = [manualClock(), manualClock()];
  const shared = { store, log, isShared: true };
  const first = await keepServerEndpoints({ ...shared, clock, own: { ip: "10.0.0.1", port: 6443 } });
  await keepServerEndpoints({ ...shared, clock: deadClock, own: { ip: "10.0.0.2", port: 6443 } });
  const third = await keepServerEndpoints({ ...shared, clock, own: { ip: "10.0.0.3", port: 6443 } });
  const all = ["10.0.0.1:6443", "10.0.0.2:6443", "10.0.0.3:6443"];
  assert.deepEqual(await endpointsOf(store), all);
  assert.deepEqual(await slicesOf(store), { kubernetes: all });
  await clock.advance(10_000);
  await deadClock.advance(10_000);
  await clock.advance(10_000);
  assert.deepEqual(await endpointsOf(store), all);
  await clock.advance(10_000);
  await clock.advance(10_000);
  assert.deepEqual(await endpointsOf(store), ["10.0.0.1:6443", "10.0.0.3:6443"]);
  await third.stop();
  assert.deepEqual(await slicesOf(store), { kubernetes: ["10.0.0.1:6443"] });
  await first.stop();
  await store.close();
});

test("each family and port has a slice, and one whose servers are gone is removed", async () => {
  const store = await openSqliteStore(":memory:");
  const clock = manualClock();
  const shared = { store, clock, log, isShared: true };
  const first = await keepServerEndpoints({ ...shared, own: { ip: "10.0.0.1", port: 6443 } });
  const second = await keepServerEndpoints({ ...shared, own: { ip: "10.0.0.1", port: 6444 } });
  const third = await keepServerEndpoints({ ...shared, own: { ip: "fd00::1", port: 6444 } });
  assert.deepEqual(await slicesOf(store), {
    kubernetes: ["10.0.0.1:6443"],
    "kubernetes-ipv4-6444": ["10.0.0.1:6444"],
    "kubernetes-ipv6-6444": ["fd00::1:6444"],
  });
  await first.stop();
  assert.deepEqual(await slicesOf(store), {
    kubernetes: ["10.0.0.1:6444"],
    "kubernetes-ipv6-6444": ["fd00::1:6444"],
  });
  await Promise.all([second.stop(), third.stop()]);
  await store.close();
});

test("nothing is written while nothing changes, but the lease", async () => {
  const store = await openSqliteStore(":memory:");
  const clock = manualClock();
  const own = { ip: "10.0.0.1", port: 6443 };
  const keeping = await keepServerEndpoints({ store, clock, log, isShared: true, own });
  const before = await store.revision();
  await clock.advance(10_000);
  assert.equal(await store.revision(), before + 1);
  await keeping.stop();
  await store.close();
});

test("a server that has its store alone replaces what was there, and needs no lease", async () => {
  const store = await openSqliteStore(":memory:");
  const clock = manualClock();
  const alone = { store, clock, log, isShared: false };
  await keepServerEndpoints({ ...alone, own: { ip: "10.0.0.1", port: 6443 } });
  const entry = await store.get("core/endpoints/default/kubernetes");
  await keepServerEndpoints({ ...alone, own: { ip: "10.0.0.9", port: 7000 } });
  assert.deepEqual(await endpointsOf(store), ["10.0.0.9:7000"]);
  const uid = (text = "{}") => JSON.parse(text).metadata.uid;
  assert.equal(uid((await store.get("core/endpoints/default/kubernetes"))?.value), uid(entry?.value));
  assert.equal((await store.list("masterleases/")).entries.length, 0);
  await store.close();
});
