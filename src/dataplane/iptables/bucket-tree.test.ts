import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { addressChains, type DispatchItem, digitsOfAddress, digitsOfPort, portChains } from "./dispatch.ts";
import { familyTraits } from "./family-traits.ts";
import type { Rules } from "./ruleset.ts";

function item(address: string): DispatchItem {
  return {
    table: "nat",
    id: address,
    digits: digitsOfAddress(address),
    order: 0,
    rules: [`-d ${address}/32 -j X`],
  };
}

const address = (number: number) => [10, 96, (number >> 8) & 255, number & 255].join(".");

/** Follows a packet's way as the kernel does, and returns how many rules it asks and what it meets. */
function walk(
  chains: ReadonlyMap<string, Rules>,
  chain: string,
  to: string,
): { asked: number; met: string[] } {
  let asked = 0;
  const met: string[] = [];
  for (const rule of chains.get(chain) ?? []) {
    asked += 1;
    const [, network = "", length = "0"] = /-d ([\d.]+)\/(\d+)/.exec(rule) ?? [];
    const digits = Number(length) / 4;
    if (digitsOfAddress(to).slice(0, digits) !== digitsOfAddress(network).slice(0, digits)) continue;
    const target = /-j (\S+)$/.exec(rule)?.[1] ?? "";
    if (!chains.has(target)) return { asked, met: [...met, rule] };
    const inner = walk(chains, target, to);
    asked += inner.asked;
    met.push(...inner.met);
    if (met.length > 0) break;
  }
  return { asked, met };
}

describe("the tree of addresses", () => {
  test("is one chain for a few", () => {
    const chains = addressChains(familyTraits.IPv4, [item("10.96.0.2"), item("10.96.0.1")]);
    assert.deepEqual([...chains], [["PORTHOLE-ADDRESSES", ["-d 10.96.0.1/32 -j X", "-d 10.96.0.2/32 -j X"]]]);
  });

  test("has an empty root without any", () => {
    assert.deepEqual([...addressChains(familyTraits.IPv6, [])], [["PORTHOLE-ADDRESSES", []]]);
  });

  test("lets traffic to elsewhere pass by one rule, and asks few on the way to one of thousands", () => {
    const addresses = Array.from({ length: 5_000 }, (_, index) => address((index * 7_919) & 0xffff));
    const chains = addressChains(familyTraits.IPv4, addresses.map(item));
    assert.deepEqual(chains.get("PORTHOLE-ADDRESSES"), ["-d 10.96.0.0/16 -j PORTHOLE-TO-0A60"]);
    const asked = addresses.map((to) => walk(chains, "PORTHOLE-ADDRESSES", to).asked);
    assert.ok(Math.max(...asked) <= 70, `${Math.max(...asked)} rules`);
    assert.equal(walk(chains, "PORTHOLE-ADDRESSES", "10.244.0.1").asked, 1);
  });

  test("leads every address to its own rule, and no other", () => {
    const anyNumbers = fc.uniqueArray(fc.nat(0xffff), { maxLength: 400 });
    fc.assert(
      fc.property(anyNumbers, fc.nat(0xffff), (numbers, stranger) => {
        const chains = addressChains(
          familyTraits.IPv4,
          numbers.map((number) => item(address(number))),
        );
        for (const number of [...numbers, stranger]) {
          const expected = numbers.includes(number) ? [`-d ${address(number)}/32 -j X`] : [];
          assert.deepEqual(walk(chains, "PORTHOLE-ADDRESSES", address(number)).met, expected);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("stays within the jumps that the kernel follows, whoever chooses the addresses", () => {
    // At each digit 33 addresses that differ only behind it.
    const items = Array.from({ length: 31 }, (_, digit) =>
      Array.from({ length: 40 }, (__, index) => {
        const text = `${"F".repeat(digit)}0`.padEnd(30, "0") + index.toString(16).padStart(2, "0");
        return (text.match(/.{4}/g) ?? []).join(":").toLowerCase();
      }),
    ).flat();
    const chains = addressChains(familyTraits.IPv6, items.map(item));
    const depth = (chain: string): number =>
      1 + Math.max(0, ...(chains.get(chain) ?? []).map((rule) => depth(/-j (\S+)$/.exec(rule)?.[1] ?? "")));
    assert.ok(depth("PORTHOLE-ADDRESSES") <= 9, `${depth("PORTHOLE-ADDRESSES")} levels`);
    for (const name of chains.keys()) assert.ok(name.length <= 28, name);
  });
});

describe("the tree of node ports", () => {
  test("splits into ranges of ports", () => {
    const items = Array.from({ length: 40 }, (_, index) => ({
      ...item("10.96.0.1"),
      id: String(index),
      digits: digitsOfPort(30_000 + index * 50),
    }));
    const chains = portChains("UDP", items);
    assert.deepEqual(chains.get("PORTHOLE-PORTS-UDP"), [
      "-p udp -m udp --dport 28672:32767 -j PORTHOLE-PORTS-UDP-7",
    ]);
    assert.ok(
      chains
        .get("PORTHOLE-PORTS-UDP-7")
        ?.includes("-p udp -m udp --dport 30208:30463 -j PORTHOLE-PORTS-UDP-76"),
    );
  });
});
