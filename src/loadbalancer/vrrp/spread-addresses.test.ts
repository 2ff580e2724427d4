import assert from "node:assert/strict";
import { test } from "node:test";
import { spreadAddresses } from "./spread-addresses.ts";
import { checkRouters } from "./virtual-router.ts";

const addresses = Array.from({ length: 200 }, (_, index) => [
  `192.168.1.${index}`,
  `fd00::1:${index}`,
]).flat();

test("all machines put an address into the same router, and each address into one", () => {
  const [a, b] = ["a", "b"].map((member) => spreadAddresses({ addresses, member, firstVrid: 100 }));
  const shape = (routers: typeof a) =>
    routers?.map(({ vrid, family, addresses: own }) => ({ vrid, family, own }));
  assert.deepEqual(shape(a), shape(b));
  checkRouters(a ?? []);
  assert.deepEqual(a?.flatMap(({ addresses: own }) => own).sort(), [...addresses].sort());
});

test("order of the addresses does not matter", () => {
  const spread = (all: readonly string[]) =>
    spreadAddresses({ addresses: all, member: "a", firstVrid: 1 }).toSorted(
      (x, y) => x.vrid - y.vrid || (x.family < y.family ? -1 : 1),
    );
  assert.deepEqual(spread(addresses), spread(addresses.toReversed()));
});

test("every machine of a few is the first for some addresses", () => {
  const members = ["lb-1", "lb-2", "lb-3"];
  const all = members.map((member) => spreadAddresses({ addresses, member, firstVrid: 1 }));
  const first = all[0]?.map((_, at) => {
    const priorities = all.map((routers) => routers[at]?.priority ?? 0);
    return priorities.indexOf(Math.max(...priorities));
  });
  assert.deepEqual(new Set(first), new Set([0, 1, 2]));
});

test("routers that cannot be numbered, and groups that are too full, are refused", () => {
  assert.throws(() => spreadAddresses({ addresses, member: "a", firstVrid: 250 }), /numbered 1 to 255$/);
  assert.throws(
    () => spreadAddresses({ addresses, member: "a", firstVrid: 1, groups: 1 }),
    /use more groups$/,
  );
});
