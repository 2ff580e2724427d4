import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock } from "../lib/manual-clock.ts";
import { keepNodeAddresses, type NodeAddress } from "./node-addresses.ts";

const address = (text: string): NodeAddress => ({
  address: text,
  family: "IPv4",
  prefixLength: 24,
  link: "eth0",
  scope: "global",
  loopback: false,
});

/** A source whose list and failures are set by the test. */
function fakeSource(first: readonly NodeAddress[]) {
  const state = {
    addresses: first,
    fails: false,
    lists: 0,
    disposed: 0,
    change: () => {},
  };
  return {
    state,
    async list() {
      state.lists += 1;
      if (state.fails) throw new Error("no memory");
      return state.addresses;
    },
    async watch(changed: () => void) {
      state.change = changed;
      return {
        [Symbol.dispose]() {
          state.disposed += 1;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      state.disposed += 1;
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a listing that fails leaves the last known addresses, and is tried again", async () => {
  const source = fakeSource([address("10.0.0.1")]);
  const clock = createManualClock();
  const told: string[] = [];
  await using kept = await keepNodeAddresses(
    source,
    {
      changed: (addresses) => told.push(addresses.map((found) => found.address).join()),
      failed: (error) => told.push(String(error)),
    },
    clock,
  );
  source.state.fails = true;
  source.state.addresses = [address("10.0.0.2")];
  source.state.change();
  await settle();
  assert.deepEqual(told, ["Error: no memory"]);
  assert.deepEqual(kept.current, [address("10.0.0.1")]);
  source.state.fails = false;
  clock.advance(100);
  await settle();
  assert.deepEqual(told, ["Error: no memory", "10.0.0.2"]);
  assert.deepEqual(kept.current, [address("10.0.0.2")]);
  assert.equal(clock.pending, 0);
});

test("addresses that cannot be listed at the start are an error, not an empty list", async () => {
  const source = fakeSource([]);
  source.state.fails = true;
  const handlers = { changed: () => assert.fail(), failed: () => assert.fail() };
  await assert.rejects(keepNodeAddresses(source, handlers, createManualClock()), /no memory/);
  assert.equal(source.state.disposed, 2);
});

test("many changes at once are listed once or twice, and no change is told once", async () => {
  const source = fakeSource([address("10.0.0.1")]);
  let told = 0;
  await using _ = await keepNodeAddresses(
    source,
    {
      changed() {
        told += 1;
      },
      failed: () => assert.fail(),
    },
    createManualClock(),
  );
  for (let count = 0; count < 100; count += 1) source.state.change();
  await settle();
  assert.ok(source.state.lists <= 3, `${source.state.lists} listings`);
  assert.equal(told, 0);
});
