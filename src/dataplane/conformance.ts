/** The conformance suite: what clients see of a dataplane, whichever it is. Every dataplane runs it from a small test file. */
import { describe, test } from "node:test";
import { affinityTests } from "./conformance-affinity.ts";
import { agreementTests } from "./conformance-agreement.ts";
import { changeTests } from "./conformance-changes.ts";
import { forwardTests } from "./conformance-forward.ts";
import type { ConformanceHarness } from "./conformance-harness.ts";
import { transferTests } from "./conformance-transfers.ts";

export interface ConformanceTest {
  readonly name: string;
  run(harness: ConformanceHarness): Promise<void>;
}

export interface ConformanceOptions {
  /** A test that this dataplane cannot pass, and why. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[];
}

const all: readonly ConformanceTest[] = [
  ...forwardTests,
  ...changeTests,
  ...affinityTests,
  ...transferTests,
  ...agreementTests,
];

/** Declares the tests; each gets a harness of its own, which is closed after it. Throws RangeError when `skip` names no test. */
export function dataplaneConformance(
  name: string,
  makeHarness: () => Promise<ConformanceHarness>,
  { skip = [] }: ConformanceOptions = {},
): void {
  for (const { test: skipped } of skip) {
    if (!all.some((one) => one.name === skipped))
      throw new RangeError(`Cannot skip "${skipped}": no test has that name`);
  }
  describe(`${name} dataplane`, { concurrency: false }, () => {
    for (const { name: testName, run } of all) {
      const reason = skip.find((entry) => entry.test === testName)?.reason;
      test(testName, reason === undefined ? {} : { skip: reason }, async () => {
        const harness = await makeHarness();
        try {
          await run(harness);
        } finally {
          await harness.close();
        }
      });
    }
  });
}
