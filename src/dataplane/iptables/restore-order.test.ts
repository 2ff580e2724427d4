import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { batchesOf, calleesFirst, targetsOf } from "./restore-order.ts";
import { restoreText } from "./restore-text.ts";
import { emptyTable, type Rules, type Ruleset, type TableRules } from "./ruleset.ts";

const nameOf = (index: number) => `PORTHOLE-${String.fromCharCode(65 + index)}`;

/** Chains that lead to some of those behind them in a random order of names, the first one from PREROUTING. */
const anyTable: fc.Arbitrary<TableRules> = fc
  .record({
    names: fc.shuffledSubarray(Array.from({ length: 12 }, (_, index) => nameOf(index))),
    targets: fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 12, maxLength: 12 }),
    address: fc.nat(9),
  })
  .map(({ names, targets, address }) => {
    const chains = new Map<string, Rules>(
      names.map((name, index) => {
        const behind = (targets[index] ?? []).flatMap((step) => names[index + 1 + step] ?? []);
        return [name, [`-d 10.96.0.${address}/32 -j DNAT`, ...behind.map((target) => `-j ${target}`)]];
      }),
    );
    const jumps = new Map<string, Rules>(names[0] ? [["PREROUTING", [`-j ${names[0]}`]]] : []);
    return { chains, jumps };
  });

/** What packets can meet. */
function reachableOf({ chains, jumps }: TableRules): ReadonlyMap<string, Rules> {
  const found = new Map<string, Rules>(jumps);
  for (const [, rules] of found) for (const name of targetsOf(rules)) found.set(name, chains.get(name) ?? []);
  return found;
}

/** Does what the kernel does, and refuses what it refuses. Returns the table after each transaction. */
function restore(held: TableRules, text: string): readonly TableRules[] {
  const [chains, jumps] = [new Map(held.chains), new Map(held.jumps)];
  const states: TableRules[] = [];
  const known = (rule: string) =>
    targetsOf([rule]).forEach((name) => {
      assert.ok(chains.has(name), `no chain ${name} yet`);
    });
  for (const line of text.split("\n")) {
    const [word = "", name = "", ...rest] = line.split(" ");
    const rule = rest.join(" ");
    if (word.startsWith(":")) chains.set(word.slice(1), []);
    else if (word === "-A") {
      known(rule);
      chains.set(name, [...(chains.get(name) ?? assert.fail(`no chain ${name}`)), rule]);
    } else if (word === "-I") {
      known(rest.slice(1).join(" "));
      jumps.set(name, [rest.slice(1).join(" "), ...(jumps.get(name) ?? [])]);
    } else if (word === "-D") {
      assert.ok(jumps.get(name)?.includes(rule));
      jumps.set(
        name,
        (jumps.get(name) ?? []).filter((other) => other !== rule),
      );
    } else if (word === "-X") {
      assert.deepEqual(chains.get(name), []);
      const users = [...chains, ...jumps].filter(([, rules]) => targetsOf(rules).includes(name));
      assert.deepEqual(users, [], `${name} is in use`);
      chains.delete(name);
    } else if (word === "COMMIT") states.push({ chains: new Map(chains), jumps: new Map(jumps) });
  }
  return states;
}

const isSame = (a: TableRules, b: TableRules) => {
  const texts = [a, b].map((table) =>
    JSON.stringify([...reachableOf(table)].filter(([, rules]) => rules.length > 0).sort()),
  );
  return texts[0] === texts[1];
};

const inNat = (nat: TableRules): Ruleset => ({ nat, filter: emptyTable() });

describe("the order of a restore", () => {
  test("a chain comes after those that it leads to, and a part names no more than it may", () => {
    fc.assert(
      fc.property(anyTable, fc.integer({ min: 1, max: 20 }), ({ chains }, namesAtOnce) => {
        const order = calleesFirst(chains.keys(), chains);
        assert.deepEqual(order.toSorted(), [...chains.keys()].sort());
        for (const [at, name] of order.entries()) {
          for (const target of targetsOf(chains.get(name) ?? [])) assert.ok(order.indexOf(target) < at);
        }
        const batches = batchesOf(order, chains, namesAtOnce);
        assert.deepEqual(batches.flat(), order);
        for (const batch of batches) {
          const named = batch.flatMap((name) => [name, ...targetsOf(chains.get(name) ?? [])]);
          assert.ok(batch.length === 1 || named.length <= namesAtOnce);
        }
      }),
    );
  });

  test("from any rules to any others the kernel refuses nothing, and what packets meet changes once", () => {
    fc.assert(
      fc.property(anyTable, anyTable, fc.integer({ min: 1, max: 20 }), (held, wanted, namesAtOnce) => {
        const text = restoreText(inNat(held), inNat(wanted), { namesAtOnce }) ?? "";
        const states = restore(held, text);
        const last = states.at(-1) ?? held;
        assert.deepEqual(last.chains, wanted.chains);
        assert.ok(isSame(last, wanted));
        const changed = states.findIndex((state) => !isSame(state, held));
        if (changed < 0) return;
        for (const state of states.slice(changed)) assert.ok(isSame(state, wanted));
      }),
    );
  });
});
