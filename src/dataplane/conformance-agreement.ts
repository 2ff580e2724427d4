/** Conformance: whatever the table, clients see what `decide` says. */
import assert from "node:assert/strict";
import { decide, type ForwardingTable, scopeOf } from "../forwarding/index.ts";
import type { ConformanceTest } from "./conformance.ts";
import type { ConformanceHarness, TestBackend, TestClient, TestProtocol } from "./conformance-harness.ts";
import { only, probe, silencePatienceMs, startBackends } from "./conformance-steps.ts";
import { type FrontendSketch, namesByKey, sketchTable } from "./conformance-tables.ts";

/** Enough to meet every pair of neighbouring states; silence costs the harness's patience each time. */
const rounds = 12;

export const agreementTests: readonly ConformanceTest[] = [
  {
    name: "clients see what decide says, table after table",
    needs: ["several addresses"],
    async run(harness) {
      const tcp = await startBackends(harness, "TCP", ["tcp-one", "tcp-two", "tcp-three"]);
      const udp = await startBackends(harness, "UDP", ["udp-one", "udp-two", "udp-three"]);
      const ports = [await harness.freePort(), await harness.freePort()];
      const random = lehmer(20_251_123);
      for (let round = 0; round < rounds; round++) {
        const sketches = randomSketches(harness, ports, { TCP: tcp, UDP: udp }, random);
        const table = sketchTable(harness, sketches, pickSome(harness.nodeAddresses, random));
        // A dataplane may tell of a node port that an address of a Service goes before.
        await harness.dataplane.apply(table);
        await compareAll(harness, table, ports, [...tcp, ...udp]);
      }
    },
  },
];

function randomSketches(
  harness: ConformanceHarness,
  ports: readonly number[],
  backends: Readonly<Record<TestProtocol, readonly TestBackend[]>>,
  random: () => number,
): readonly FrontendSketch[] {
  const addresses = [
    undefined,
    ...harness.serviceAddresses.slice(0, 1),
    ...harness.nodeAddresses.slice(0, 1),
  ];
  const sketches: FrontendSketch[] = [];
  for (const port of ports) {
    for (const address of addresses) {
      for (const protocol of ["TCP", "UDP"] as const) {
        const dice = random();
        if (dice < 0.3) continue;
        const target = dice < 0.45 ? "reject" : dice < 0.55 ? "drop" : pickSome(backends[protocol], random);
        const isFiltered = address !== undefined && random() < 0.3;
        sketches.push({
          port,
          protocol,
          ...(address !== undefined && { address }),
          service: `s-${port}-${address ?? "node"}`,
          backends: target,
          ...(isFiltered && { sourceRanges: [only(harness.clients[0])] }),
        });
      }
    }
  }
  return sketches;
}

async function compareAll(
  harness: ConformanceHarness,
  table: ForwardingTable,
  ports: readonly number[],
  backends: readonly TestBackend[],
): Promise<void> {
  const addresses = [...harness.nodeAddresses, ...harness.serviceAddresses.slice(0, 1)];
  const checks = harness.clients
    .slice(0, 2)
    .flatMap((client) =>
      addresses.flatMap((to) =>
        ports.flatMap((port) =>
          (["TCP", "UDP"] as const).map((protocol) =>
            compare(table, client, { to, port, protocol }, backends),
          ),
        ),
      ),
    );
  await Promise.all(checks);
}

async function compare(
  table: ForwardingTable,
  client: TestClient,
  { to, port, protocol }: { readonly to: string; readonly port: number; readonly protocol: TestProtocol },
  backends: readonly TestBackend[],
): Promise<void> {
  const from = { address: client.address, scope: scopeOf(table, client.address) };
  const decision = decide(table, { from, to, protocol, port });
  const isOwn = table.nodeAddresses.includes(to);
  const seen = await probe(
    client,
    protocol,
    { address: to, port },
    decision.verdict === "drop" || (decision.verdict === "not-ours" && !isOwn)
      ? silencePatienceMs
      : undefined,
  );
  const about = `${client.address} -> ${to}:${port}/${protocol}: ${JSON.stringify(decision.reasons)}`;
  switch (decision.verdict) {
    case "forward": {
      const names = namesByKey(backends);
      const possible = decision.backends.map(({ key }) => names.get(key));
      assert.equal(seen.outcome, "reply", about);
      assert.ok(possible.includes(seen.backend), `${about}: ${seen.backend} answered`);
      return;
    }
    case "drop":
      assert.equal(seen.outcome, "silent", about);
      return;
    case "reject":
      assert.equal(seen.outcome, "refused", about);
      return;
    case "not-ours":
      if (isOwn) assert.equal(seen.outcome, "refused", about);
      else assert.notEqual(seen.outcome, "reply", about);
      return;
    default:
      decision satisfies never;
  }
}

function pickSome<T>(items: readonly T[], random: () => number): readonly T[] {
  const some = items.filter(() => random() < 0.6);
  return some.length > 0 ? some : items.slice(0, 1);
}

/** A sequence that is the same in every run, so that a failure can be repeated. */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
