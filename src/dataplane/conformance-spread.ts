/** Conformance: clients are spread evenly over any number of backends. */
import assert from "node:assert/strict";
import type { ConformanceTest } from "./conformance.ts";
import { answered, apply, placeOf, startBackends } from "./conformance-steps.ts";
import { sketchTable } from "./conformance-tables.ts";

const perBackend = 40;

export const spreadTests: readonly ConformanceTest[] = [1, 2, 3, 7, 50].map((count) => ({
  name: `connections are spread evenly over ${count} ${count === 1 ? "backend" : "backends"}`,
  async run(harness) {
    const port = await harness.freePort();
    const names = Array.from({ length: count }, (_, index) => `backend-${index}`);
    const backends = await startBackends(harness, "TCP", names);
    await apply(harness, sketchTable(harness, [{ port, backends }]));
    const seen = new Map<string, number>(names.map((name) => [name, 0]));
    const connectOften = async (times: number) => {
      for (let time = 0; time < times; time++) {
        const name = await answered(harness.clients[time % 2 === 0 ? 0 : 1], "TCP", placeOf(harness, port));
        seen.set(name, (seen.get(name) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, () => connectOften((perBackend * count) / 8)));
    assert.equal(seen.size, count);
    assert.ok(chiSquare([...seen.values()]) < limitFor(count - 1), `uneven: ${[...seen.values()]}`);
  },
}));

/** How far counts are from all being the same (Pearson). */
function chiSquare(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

/** Exceeded by chance less than once in a million runs (the Wilson-Hilferty approximation, at 5 standard deviations). */
function limitFor(degrees: number): number {
  if (degrees === 0) return 1;
  const spread = 2 / (9 * degrees);
  return degrees * (1 - spread + 5 * Math.sqrt(spread)) ** 3;
}
