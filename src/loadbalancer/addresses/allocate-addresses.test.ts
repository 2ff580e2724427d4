import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseAddressPool } from "./address-pool.ts";
import { type AddressWish, allocateAddresses } from "./allocate-addresses.ts";

const pools = [
  parseAddressPool("small=203.0.113.1-203.0.113.2,2001:db8::1", true),
  parseAddressPool("asked=203.0.113.10", false),
];

function wish(service: string, changes: Partial<AddressWish> = {}): AddressWish {
  return {
    service,
    createdAt: "",
    families: ["IPv4"],
    needsAll: false,
    current: [],
    requested: [],
    ports: ["TCP/80"],
    ...changes,
  };
}

const rows: readonly {
  name: string;
  wishes: readonly AddressWish[];
  gives: Readonly<Record<string, readonly string[]>>;
  refuses?: readonly (readonly [string, RegExp])[];
}[] = [
  {
    name: "gives the first free addresses, to the older Service first",
    wishes: [wish("a", { createdAt: "2" }), wish("b", { createdAt: "1" })],
    gives: { a: ["203.0.113.2"], b: ["203.0.113.1"] },
  },
  {
    name: "leaves everybody what he has, also before an older Service",
    wishes: [wish("a", { createdAt: "1" }), wish("b", { createdAt: "2", current: ["203.0.113.1"] })],
    gives: { a: ["203.0.113.2"], b: ["203.0.113.1"] },
  },
  {
    name: "takes an address that two have from the younger one",
    wishes: [
      wish("a", { createdAt: "2", current: ["203.0.113.1"] }),
      wish("b", { createdAt: "1", current: ["203.0.113.1"] }),
    ],
    gives: { a: ["203.0.113.2"], b: ["203.0.113.1"] },
  },
  {
    name: "takes an address back that is in no pool any more",
    wishes: [wish("a", { current: ["192.0.2.1"] })],
    gives: { a: ["203.0.113.1"] },
  },
  {
    name: "says that all are taken",
    wishes: [wish("a"), wish("b"), wish("c")],
    gives: { a: ["203.0.113.1"], b: ["203.0.113.2"], c: [] },
    refuses: [["AddressPoolExhausted", /all of pool "small" are taken/]],
  },
  {
    name: "gives an address that is asked for, also of a pool that is not for everybody",
    wishes: [wish("a", { requested: ["203.0.113.10"], current: ["203.0.113.1"] })],
    gives: { a: ["203.0.113.10"] },
  },
  {
    name: "gives out of a pool that is asked for",
    wishes: [wish("a", { pool: "asked" })],
    gives: { a: ["203.0.113.10"] },
  },
  {
    name: "says that there is no such pool",
    wishes: [wish("a", { pool: "other" })],
    gives: { a: [] },
    refuses: [["NoSuchAddressPool", /no pool "other", only small, asked/]],
  },
  {
    name: "refuses an address of no pool, and one that somebody has",
    wishes: [
      wish("a", { requested: ["192.0.2.1"] }),
      wish("b", { requested: ["203.0.113.1"] }),
      wish("c", { requested: ["203.0.113.1"] }),
    ],
    gives: { a: [], b: ["203.0.113.1"], c: [] },
    refuses: [
      ["AddressRefused", /in no address pool/],
      ["AddressRefused", /Service "b" has it; to share it/],
    ],
  },
  {
    name: "lets Services share with one key and different ports, and no others",
    wishes: [
      wish("a", { requested: ["203.0.113.1"], sharingKey: "k" }),
      wish("b", { requested: ["203.0.113.1"], sharingKey: "k", ports: ["TCP/443"] }),
      wish("c", { requested: ["203.0.113.1"], sharingKey: "k", ports: ["UDP/80"] }),
      wish("d", { requested: ["203.0.113.1"], sharingKey: "k" }),
      wish("e", { requested: ["203.0.113.1"], sharingKey: "other", ports: ["TCP/1"] }),
    ],
    gives: { a: ["203.0.113.1"], b: ["203.0.113.1"], c: ["203.0.113.1"], d: [], e: [] },
    refuses: [
      ["AddressRefused", /has port TCP\/80 of it already/],
      ["AddressRefused", /to share it/],
    ],
  },
  {
    name: "gives one address of each family, and one where that is what there is",
    wishes: [wish("a", { families: ["IPv6", "IPv4"] }), wish("b", { families: ["IPv4", "IPv6"] })],
    gives: { a: ["2001:db8::1", "203.0.113.1"], b: ["203.0.113.2"] },
  },
  {
    name: "gives none where both are required and one is missing, and the other stays free",
    wishes: [
      wish("a", { families: ["IPv6"] }),
      wish("b", { families: ["IPv4", "IPv6"], needsAll: true }),
      wish("c"),
    ],
    gives: { a: ["2001:db8::1"], b: [], c: ["203.0.113.1"] },
    refuses: [["AddressPoolExhausted", /an IPv6 address/]],
  },
  {
    name: "gives an older Service what a younger one had and cannot use",
    wishes: [
      wish("a", { families: ["IPv4", "IPv6"], createdAt: "1" }),
      wish("b", { createdAt: "2", current: ["203.0.113.1"] }),
      wish("c", {
        createdAt: "3",
        families: ["IPv4", "IPv6"],
        needsAll: true,
        current: ["203.0.113.2"],
      }),
    ],
    gives: { a: ["203.0.113.2", "2001:db8::1"], b: ["203.0.113.1"], c: [] },
    refuses: [
      ["AddressPoolExhausted", /an IPv4 address/],
      ["AddressPoolExhausted", /an IPv6 address/],
    ],
  },
  {
    name: "gives both families to who had to give one back before the other came free",
    wishes: [
      wish("a", { current: ["203.0.113.1"] }),
      wish("b", { families: ["IPv4", "IPv6"], needsAll: true }),
      wish("c", {
        families: ["IPv4", "IPv6"],
        needsAll: true,
        current: ["203.0.113.2"],
        requested: ["203.0.113.2"],
      }),
    ],
    gives: { a: ["203.0.113.1"], b: ["203.0.113.2", "2001:db8::1"], c: [] },
    refuses: [["AddressRefused", /./]],
  },
];

describe("addresses for Services", () => {
  for (const { name, wishes, gives, refuses = [] } of rows) {
    test(name, () => {
      const { addresses, refusals } = allocateAddresses(pools, wishes);
      assert.deepEqual(Object.fromEntries(addresses), gives);
      assert.equal(refusals.length, refuses.length);
      for (const [index, [reason, message]] of refuses.entries()) {
        assert.equal(refusals[index]?.reason, reason);
        assert.match(refusals[index]?.message ?? "", message);
      }
    });
  }

  const anyWish = fc.record({
    service: fc.string({ minLength: 1, maxLength: 3 }),
    createdAt: fc.constantFrom("1", "2"),
    families: fc.constantFrom(["IPv4"] as const, ["IPv4", "IPv6"] as const),
    needsAll: fc.boolean(),
    current: fc.constantFrom([], ["203.0.113.1"], ["203.0.113.2", "2001:db8::1"]),
    requested: fc.constantFrom([], ["203.0.113.1"], ["203.0.113.10"]),
    ports: fc.constantFrom(["TCP/80"], ["TCP/443"], ["UDP/80"]),
  });
  const anyWishes = fc.uniqueArray(anyWish, { selector: ({ service }) => service, maxLength: 6 });

  test("the order of the Services does not matter, and asking again changes nothing", () => {
    fc.assert(
      fc.property(anyWishes, (wishes) => {
        const { addresses } = allocateAddresses(pools, wishes);
        const reversed = allocateAddresses(pools, wishes.toReversed()).addresses;
        const sorted = (map: ReadonlyMap<string, readonly string[]>) => [...map].sort();
        assert.deepEqual(sorted(reversed), sorted(addresses));
        const again = wishes.map((one) => ({ ...one, current: addresses.get(one.service) ?? [] }));
        const kept = allocateAddresses(pools, again).addresses;
        for (const [service, held] of addresses) {
          if (held.length > 0) assert.deepEqual(kept.get(service), held);
        }
      }),
    );
  });

  test("nobody has an address that another has, unless they share it", () => {
    fc.assert(
      fc.property(anyWishes, (wishes) => {
        const given = [...allocateAddresses(pools, wishes).addresses.values()].flat();
        assert.equal(new Set(given).size, given.length);
      }),
    );
  });
});

describe("address pools", () => {
  for (const text of [
    "a",
    "a=",
    "=1.1.1.1",
    "a=x",
    "a=1.1.1.1/33",
    "a=1.1.1.2-1.1.1.1",
    "a=1.1.1.1-::1",
    "a=1.1.1.1-2-3",
  ]) {
    test(`"${text}" is refused`, () => {
      assert.throws(() => parseAddressPool(text, true), /Cannot read the address pool/);
    });
  }
});
