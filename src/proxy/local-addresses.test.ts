import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { silentLogger } from "../lib/log.ts";
import { createManualClock } from "../lib/manual-clock.ts";
import { openByPolling, usableAddresses } from "./local-addresses.ts";

test("link-local addresses are no place for NodePorts, and none is there twice", () => {
  const found = ["127.0.0.1", "192.0.2.1", "192.0.2.1", "FE80::1", "2001:DB8::1", "::1", "fe80::1%eth0"];
  assert.deepEqual(usableAddresses(found.map((address) => ({ address }))), [
    "127.0.0.1",
    "192.0.2.1",
    "2001:db8::1",
    "::1",
  ]);
});

describe("addresses that are asked for again and again", () => {
  test("a change is told, the same answer is not, and a failing listing changes nothing", async () => {
    const clock = createManualClock();
    let answer: () => readonly { readonly address: string }[] = () => [{ address: "192.0.2.1" }];
    const addresses = openByPolling(silentLogger, clock, () => answer());
    let told = 0;
    addresses.onChange(() => {
      told += 1;
    });
    assert.deepEqual(addresses.current(), ["192.0.2.1"]);
    clock.advance(10_000);
    assert.equal(told, 0);
    answer = () => {
      throw new Error("no");
    };
    clock.advance(10_000);
    assert.deepEqual(addresses.current(), ["192.0.2.1"]);
    answer = () => [{ address: "192.0.2.2" }];
    clock.advance(10_000);
    assert.deepEqual(addresses.current(), ["192.0.2.2"]);
    assert.equal(told, 1);
    await addresses.close();
    assert.equal(clock.pending, 0);
  });
});
