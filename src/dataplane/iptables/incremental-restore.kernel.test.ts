/** Restores of what changes lead to the same rules as a restore of all, on a real kernel. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { buildForwardingTable, diff, type ForwardingTable } from "../../forwarding/index.ts";
import { anyObjects } from "../../forwarding/testing/arbitraries.ts";
import { needsRoot, testNamespace } from "../../kernel/testing/kernel-test.ts";
import { whyNoIptables } from "../testing/iptables-command.ts";
import { FamilyController } from "./family-controller.ts";
import { type FamilyTraits, familyTraits } from "./family-traits.ts";
import { findPrograms, type IptablesPrograms, variants } from "./iptables-programs.ts";

const skip = needsRoot.skip || whyNoIptables();

const anyTables = fc.array(
  fc.record({
    objects: anyObjects,
    options: fc.constantFrom(
      {},
      { masqueradeAll: true },
      { masqueradeBit: 3 },
      { serviceCIDRs: ["172.30.0.0/24"] },
    ),
  }),
  { minLength: 2, maxLength: 5 },
);

/** A controller that counts what it restores. */
function startController(traits: FamilyTraits, programs: IptablesPrograms) {
  const restored: string[] = [];
  const controller = new FamilyController(traits, {
    programs: {
      ...programs,
      async restore(program, text) {
        restored.push(text);
        await programs.restore(program, text);
      },
    },
    routeLoopback: async () => {},
    randomFully: true,
  });
  const apply = (table: ForwardingTable) =>
    controller.apply(table, (planned) => {
      const { added, removed, changed } = diff(planned ?? { ...table, frontends: new Map() }, table);
      return [...removed.map((previous) => ({ previous })), ...changed, ...added.map((next) => ({ next }))];
    });
  return { apply, restored };
}

/** Chains come in the order of their making. */
function sorted(saved: string): readonly string[] {
  return saved
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .sort();
}

for (const variant of variants) {
  for (const traits of Object.values(familyTraits)) {
    describe(`iptables-${variant} over ${traits.family}`, { skip }, () => {
      test("change by change it comes to the same rules as at once, and a new process finds nothing to do", async (t) => {
        const namespace = await testNamespace(t);
        const programs = await findPrograms(variant, namespace);
        const other = await testNamespace(t);
        const reference = await findPrograms(variant, other);
        assert.ok(programs && reference);
        const incremental = startController(traits, programs);
        await fc.assert(
          fc.asyncProperty(anyTables, async (tables) => {
            let last: ForwardingTable | undefined;
            for (const { objects, options } of tables) {
              last = { ...buildForwardingTable(objects).table, ...options };
              await incremental.apply(last);
            }
            assert.ok(last);
            await startController(traits, reference).apply(last);
            const { program } = traits;
            assert.deepEqual(sorted(await programs.save(program)), sorted(await reference.save(program)));
            const heir = startController(traits, programs);
            await heir.apply(last);
            assert.deepEqual(heir.restored, []);
          }),
          { numRuns: 6 },
        );
      });
    });
  }
}
