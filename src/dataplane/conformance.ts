/** The conformance suite: what clients see of a dataplane, whichever it is. Every dataplane runs it from a small test file. */

import { describe, test } from "node:test";
import type { Family } from "../forwarding/index.ts";
import { addressTests } from "./conformance-addresses.ts";
import { affinityTests } from "./conformance-affinity.ts";
import { agreementTests } from "./conformance-agreement.ts";
import { changeTests } from "./conformance-changes.ts";
import { enduranceTests } from "./conformance-endurance.ts";
import { forwardTests } from "./conformance-forward.ts";
import type { ConformanceHarness, Need } from "./conformance-harness.ts";
import { optionTests } from "./conformance-options.ts";
import { slowness } from "./conformance-patience.ts";
import { policyTests } from "./conformance-policies.ts";
import { sourceTests } from "./conformance-sources.ts";
import { spreadTests } from "./conformance-spread.ts";
import { transferTests } from "./conformance-transfers.ts";
import { transitionTests } from "./conformance-transitions.ts";

export interface ConformanceTest {
  readonly name: string;
  readonly needs?: readonly Need[];
  run(harness: ConformanceHarness): Promise<void>;
}

export interface ConformanceOptions {
  readonly family: Family;
  /** A test that this dataplane cannot pass, and why. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[];
  /** What this harness cannot offer, and why: tests that need it are skipped. */
  readonly lacks?: Partial<Readonly<Record<Need, string>>>;
  /** Why nothing can be run here at all, or false. */
  readonly skipAll?: string | false;
}

/** A dataplane that hangs should cost one test, not the whole file. */
const timeoutMs = 30_000 * slowness;

const all: readonly ConformanceTest[] = [
  ...forwardTests,
  ...spreadTests,
  ...sourceTests,
  ...policyTests,
  ...addressTests,
  ...optionTests,
  ...changeTests,
  ...transitionTests,
  ...affinityTests,
  ...transferTests,
  ...enduranceTests,
  ...agreementTests,
];

/** Declares the tests; each gets a harness of its own, which is closed after it. Throws RangeError when `skip` names no test. */
export function dataplaneConformance(
  name: string,
  makeHarness: (family: Family) => Promise<ConformanceHarness>,
  { family, skip = [], lacks = {}, skipAll = false }: ConformanceOptions,
): void {
  for (const { test: skipped } of skip) {
    if (!all.some((one) => one.name === skipped))
      throw new RangeError(`Cannot skip "${skipped}": no test has that name`);
  }
  describe(`${name} dataplane over ${family}`, { concurrency: false, skip: skipAll }, () => {
    for (const { name: testName, needs = [], run } of all) {
      const reason =
        skip.find((entry) => entry.test === testName)?.reason ??
        needs.map((need) => lacks[need]).find((why) => why !== undefined);
      test(testName, { skip: reason ?? false, timeout: timeoutMs }, async () => {
        const harness = await makeHarness(family);
        try {
          await run(harness);
        } finally {
          await harness.close();
        }
      });
    }
  });
}
