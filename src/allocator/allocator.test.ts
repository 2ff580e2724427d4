import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AllocationOperation, Allocator } from "./allocator.ts";
import { createClusterIpAllocator, parseServiceCidr } from "./cluster-ip-allocator.ts";
import { formatIpNumber } from "./ip-number.ts";
import { createNodePortAllocator, parseNodePortRange } from "./node-port-allocator.ts";

const owners = ["ns/a", "ns/b", "ns/c"];

/** Draws the same numbers again and again. */
function sequence(...numbers: readonly number[]): () => number {
  let next = 0;
  return () => numbers[next++ % numbers.length] ?? 0;
}

for (const { range, lower, upper } of [
  { range: "30000-32767", lower: "30000-30085", upper: "30086-32767" },
  { range: "30000-30015", lower: undefined, upper: "30000-30015" },
  { range: "30000-30016", lower: "30000-30015", upper: "30016-30016" },
  { range: "30000-30511", lower: "30000-30015", upper: "30016-30511" },
  { range: "30000-30543", lower: "30000-30016", upper: "30017-30543" },
  { range: "1-65535", lower: "1-128", upper: "129-65535" },
  { range: "30000-30000", lower: undefined, upper: "30000-30000" },
]) {
  test(`the node port range ${range} has the static band ${lower ?? "of nothing"}`, () => {
    const parsed = parseNodePortRange(range);
    assert.equal(parsed.lower && `${parsed.lower.first}-${parsed.lower.last}`, lower);
    assert.equal(`${parsed.upper.first}-${parsed.upper.last}`, upper);
  });
}

for (const { cidr, lower, upper } of [
  { cidr: "10.96.0.0/16", lower: "10.96.0.1-10.96.1.0", upper: "10.96.1.1-10.96.255.254" },
  { cidr: "10.97.0.0/24", lower: "10.97.0.1-10.97.0.16", upper: "10.97.0.17-10.97.0.254" },
  { cidr: "10.97.0.0/28", lower: undefined, upper: "10.97.0.1-10.97.0.14" },
  { cidr: "10.97.0.0/30", lower: undefined, upper: "10.97.0.1-10.97.0.2" },
  {
    cidr: "fd00:10:96::/112",
    lower: "fd00:10:96::1-fd00:10:96::100",
    upper: "fd00:10:96::101-fd00:10:96::ffff",
  },
  { cidr: "fd00::/64", lower: "fd00::1-fd00::100", upper: "fd00::101-fd00::ffff:ffff:ffff:ffff" },
]) {
  test(`the service range ${cidr} has the static band ${lower ?? "of nothing"}`, () => {
    const { family, lower: low, upper: high } = parseServiceCidr(cidr);
    const text = (number: bigint) => formatIpNumber({ family, number });
    assert.equal(low && `${text(low.first)}-${text(low.last)}`, lower);
    assert.equal(`${text(high.first)}-${text(high.last)}`, upper);
  });
}

for (const text of ["", "30000", "0-10", "2-1", "30000-70000", "a-b", "30000-32767,1-2"]) {
  test(`"${text}" is no node port range`, () => {
    assert.throws(() => parseNodePortRange(text), RangeError);
  });
}

for (const text of [
  "",
  "10.0.0.0",
  "10.0.0.0/33",
  "10.0.0.0/",
  "10.0.0/8",
  "fd00::/48",
  "10.0.0.1/31",
  "x/8",
  "1.2.3.4/5/6",
]) {
  test(`"${text}" is no service range`, () => {
    assert.throws(() => parseServiceCidr(text), RangeError);
  });
}

test("the next port comes from the dynamic band, from the static one when that is full", () => {
  const allocator = createNodePortAllocator("30000-30019", sequence(0.99, 0, 0.5));
  const operation = allocator.begin("a");
  const ports = Array.from({ length: 20 }, () => operation.allocateNext());
  const values = ports.map((port) => (port.allocated ? port.value : 0));
  assert.deepEqual(values.slice(0, 4).toSorted(), [30016, 30017, 30018, 30019]);
  assert.equal(values[0], 30019);
  assert.equal(new Set(values).size, 20);
  assert.deepEqual(operation.allocateNext(), { allocated: false, refusal: "full" });
});

test("a port is refused when it is taken or out of range", () => {
  const allocator = createNodePortAllocator("30000-30099", Math.random);
  const operation = allocator.begin("a");
  assert.deepEqual(operation.allocate(30001), { allocated: true, value: 30001 });
  assert.deepEqual(operation.allocate(30001), { allocated: false, refusal: "allocated" });
  assert.deepEqual(allocator.begin("b").allocate(30001), { allocated: false, refusal: "allocated" });
  for (const port of [29999, 30100, -1, 0, 30001.5]) {
    assert.deepEqual(operation.allocate(port), { allocated: false, refusal: "not-in-range" }, `${port}`);
  }
  assert.deepEqual(allocator.holders(30001), ["a"]);
});

test("addresses are the same in every spelling", () => {
  const allocator = createClusterIpAllocator("fd00:10:96::/112", Math.random);
  const operation = allocator.begin("a");
  assert.deepEqual(operation.allocate("fd00:10:96:0:0::00AB"), { allocated: true, value: "fd00:10:96::ab" });
  assert.deepEqual(operation.allocate("fd00:10:96::ab"), { allocated: false, refusal: "allocated" });
  for (const address of ["fd00:10:96::", "10.96.0.1", "nonsense", "fd00:10:97::1"]) {
    assert.deepEqual(operation.allocate(address), { allocated: false, refusal: "not-in-range" }, address);
  }
});

test("neither the network's nor the broadcast address can be had", () => {
  const operation = createClusterIpAllocator("10.97.0.0/24", Math.random).begin("a");
  for (const address of ["10.97.0.0", "10.97.0.255"]) {
    assert.deepEqual(operation.allocate(address), { allocated: false, refusal: "not-in-range" }, address);
  }
});

test("what is given back on commit is held until then, and stays when the operation is reverted", () => {
  const allocator = createNodePortAllocator("30000-30099", Math.random);
  allocator.claim(30001, "a");
  const reverted = allocator.begin("a");
  reverted.releaseOnCommit(30001);
  reverted.allocate(30002);
  reverted.revert();
  assert.deepEqual(allocator.held(), [30001]);
  const committed = allocator.begin("a");
  committed.releaseOnCommit(30001);
  committed.allocate(30002);
  assert.deepEqual(allocator.begin("b").allocate(30001), { allocated: false, refusal: "allocated" });
  committed.commit();
  committed.revert();
  assert.deepEqual(allocator.held(), [30002]);
});

test("a value that two owners have is free only when both gave it back", () => {
  const allocator = createNodePortAllocator("30000-30099", Math.random);
  allocator.claim(30001, "a");
  allocator.claim(30001, "b");
  allocator.release(30001, "a");
  assert.deepEqual(allocator.holders(30001), ["b"]);
  assert.equal(allocator.begin("c").allocate(30001).allocated, false);
  allocator.release(30001, "b");
  assert.equal(allocator.begin("c").allocate(30001).allocated, true);
});

test("a range of 2^64 addresses costs nothing until they are taken", () => {
  const allocator = createClusterIpAllocator("fd00::/64", Math.random);
  const operation = allocator.begin("a");
  for (let i = 0; i < 1000; i++) assert.ok(operation.allocateNext().allocated);
  assert.equal(new Set(allocator.held()).size, 1000);
});

interface Step {
  readonly owner: string;
  readonly wanted: readonly (number | undefined)[];
  readonly given: readonly number[];
  readonly end: "commit" | "revert" | "later-commit" | "later-revert";
}

const portArbitrary = fc.integer({ min: 29_998, max: 30_022 });
const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  owner: fc.constantFrom(...owners),
  wanted: fc.array(fc.option(portArbitrary, { nil: undefined }), { maxLength: 4 }),
  given: fc.array(portArbitrary, { maxLength: 3 }),
  end: fc.constantFrom("commit", "revert", "later-commit", "later-revert"),
});

/** What committed operations say each owner has; operations that are open hold what they took beside that. */
type Committed = Map<string, Set<number>>;

test("after any operations no number has two owners, none leaks, and what was reverted changed nothing", () => {
  fc.assert(
    fc.property(
      fc.array(stepArbitrary, { maxLength: 30 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (steps, random) => {
        const allocator = createNodePortAllocator("30000-30019", () => random.next().value ?? 0);
        const committed: Committed = new Map(owners.map((owner) => [owner, new Set()]));
        const open: (() => void)[] = [];
        for (const step of steps) {
          const end = perform(allocator, step, committed);
          if (step.end.startsWith("later")) open.push(end);
          else end();
          expectOneOwner(allocator);
        }
        for (const end of open.reverse()) end();
        for (const owner of owners) {
          assert.deepEqual(
            allocator.heldBy(owner).toSorted(),
            [...(committed.get(owner) ?? [])].toSorted(),
            owner,
          );
        }
        assert.equal(
          allocator.held().length,
          [...committed.values()].reduce((sum, { size }) => sum + size, 0),
        );
      },
    ),
  );
});

function perform(
  allocator: Allocator<number>,
  { owner, wanted, given, end }: Step,
  committed: Committed,
): () => void {
  const operation: AllocationOperation<number> = allocator.begin(owner);
  const taken = wanted.flatMap((port) => {
    const result = port === undefined ? operation.allocateNext() : operation.allocate(port);
    return result.allocated ? [result.value] : [];
  });
  const mine = given.filter((port) => committed.get(owner)?.has(port));
  for (const port of mine) operation.releaseOnCommit(port);
  return () => {
    if (end.endsWith("revert")) return operation.revert();
    operation.commit();
    for (const port of taken) committed.get(owner)?.add(port);
    for (const port of mine) committed.get(owner)?.delete(port);
  };
}

function expectOneOwner(allocator: Allocator<number>): void {
  for (const port of allocator.held()) assert.equal(allocator.holders(port).length, 1, `${port}`);
}
