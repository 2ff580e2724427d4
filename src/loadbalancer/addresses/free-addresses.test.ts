import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressesOf, parseAddressPool } from "./address-pool.ts";
import { FreeAddresses } from "./free-addresses.ts";

test("it is always the first address of the pool that nobody has, whoever took and gave back which", () => {
  const pool = parseAddressPool("p=192.0.2.255-192.0.3.0,192.0.2.8-192.0.2.9,2001:db8::/126", true);
  const all = [...addressesOf(pool, "IPv4")];
  // Somebody may also take one that was not offered, and one that is in no pool.
  const anyAddress = fc.constantFrom(...all, "203.0.113.1");
  const step = fc.oneof(
    fc.constant({ kind: "take first" as const }),
    fc.record({ kind: fc.constantFrom("take" as const, "give back" as const), address: anyAddress }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const taken = new Set<string>();
      const free = new FreeAddresses(pool, "IPv4", (address) => taken.has(address));
      for (const one of steps) {
        if (one.kind === "take first") taken.add(free.first() ?? all[0] ?? "");
        else if (one.kind === "take") taken.add(one.address);
        else if (taken.delete(one.address)) free.giveBack(one.address);
        assert.equal(
          free.first(),
          all.find((address) => !taken.has(address)),
        );
      }
    }),
  );
});
