import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ProbeHealth } from "../health/probe-health.ts";
import { chooseBackends, type KnownBackend } from "./backend-status.ts";

const togetherMs = 3000;

function known(key: string, health: Partial<ProbeHealth>, weight = 1): KnownBackend {
  return {
    backend: { key, address: "192.0.2.1", port: 30080, node: key, weight },
    health: { state: "healthy", sinceMs: 0, reason: "", against: 0, told: false, ...health },
  };
}

const healthy = { state: "healthy" } as const;
const unknown = { state: "unknown" } as const;
const silentAt = (sinceMs: number) => ({ state: "unhealthy", sinceMs, told: false }) as const;
const told = { state: "unhealthy", sinceMs: 0, told: true } as const;

const rows: readonly {
  name: string;
  healths: readonly Partial<ProbeHealth>[];
  used: readonly boolean[];
  doubtful?: true;
}[] = [
  { name: "no backend at all is used", healths: [], used: [] },
  {
    name: "only the healthy ones, where there are any",
    healths: [healthy, unknown, silentAt(0)],
    used: [true, false, false],
  },
  {
    name: "those that were not asked yet, where nobody is healthy",
    healths: [unknown, silentAt(0)],
    used: [true, false],
  },
  {
    name: "all that fell silent together",
    healths: [silentAt(0), silentAt(3000)],
    used: [true, true],
    doubtful: true,
  },
  {
    name: "not who fell silent long before the others",
    healths: [silentAt(0), silentAt(3001), silentAt(4000)],
    used: [false, true, true],
    doubtful: true,
  },
  {
    name: "not who told that it does not serve",
    healths: [told, silentAt(10)],
    used: [false, true],
    doubtful: true,
  },
  { name: "nobody, where all have told", healths: [told, told], used: [false, false] },
  { name: "nobody who says that it has no endpoints", healths: [{ ...healthy, weight: 0 }], used: [false] },
];

describe("who gets new connections", () => {
  for (const { name, healths, used, doubtful } of rows) {
    test(name, () => {
      const statuses = chooseBackends(
        healths.map((health, index) => known(`b${index}`, health)),
        togetherMs,
      );
      assert.deepEqual(
        statuses.map(({ isUsed }) => isUsed),
        used,
      );
      if (doubtful) assert.ok(statuses.every(({ isUsed, state }) => isUsed === (state === "doubtful")));
    });
  }

  test("the weight is the backend's own times what it says it has", () => {
    const [status] = chooseBackends([known("b", { ...healthy, weight: 3 }, 2)], togetherMs);
    assert.equal(status?.weight, 6);
  });

  test("as long as one is healthy none is doubted, and the unused have no weight", () => {
    const health = fc.record({
      state: fc.constantFrom("unknown" as const, "healthy" as const, "unhealthy" as const),
      sinceMs: fc.nat(10_000),
      told: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(health, { maxLength: 8 }), (healths) => {
        const statuses = chooseBackends(
          healths.map((one, index) => known(`b${index}`, one)),
          togetherMs,
        );
        const someHealthy = healths.some(({ state }) => state === "healthy");
        for (const [index, status] of statuses.entries()) {
          assert.equal(status.isUsed, status.weight > 0);
          if (someHealthy) assert.equal(status.isUsed, healths[index]?.state === "healthy");
        }
        const someSilent = healths.some(({ state, told }) => state === "unhealthy" && !told);
        if (someSilent) assert.ok(statuses.some(({ isUsed }) => isUsed));
      }),
    );
  });
});
