import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listNetworkNamespaces } from "../kernel/index.ts";
import { needsRoot } from "../kernel/testing/kernel-test.ts";
import { silentLogger } from "../lib/log.ts";
import { decideMode, type ProbeMode } from "./decide-mode.ts";
import { type KernelMode, kernelModes } from "./kernel-modes.ts";

/** Only these modes work. */
function works(...modes: readonly KernelMode[]): ProbeMode {
  return async (mode) => {
    if (!modes.includes(mode)) throw new Error("Operation not permitted");
  };
}

describe("how a proxy forwards", () => {
  for (const { name, probe, expected } of [
    {
      name: "nftables where it works",
      probe: works(kernelModes.nftables, kernelModes.iptables),
      expected: "nftables",
    },
    { name: "iptables where nftables does not", probe: works(kernelModes.iptables), expected: "iptables" },
    { name: "userspace where the kernel refuses", probe: works(), expected: "userspace" },
  ]) {
    test(`by itself: ${name}`, async () => {
      assert.equal(await decideMode("auto", silentLogger, probe), expected);
    });
  }

  test("as it is told, without a try", async () => {
    const probe = () => Promise.reject(new Error("tried"));
    assert.equal(await decideMode("iptables", silentLogger, probe), "iptables");
  });

  test("says why it chose what it chose", async () => {
    const lines: unknown[] = [];
    const log = { ...silentLogger, info: (_: string, facts?: object) => void lines.push(facts) };
    await decideMode("auto", log, works(kernelModes.iptables));
    const because = { nftables: "Operation not permitted", iptables: "works in a namespace of its own" };
    assert.deepEqual(lines, [{ mode: "iptables", because }]);
  });

  test("tries a kernel that has both, and leaves nothing behind", needsRoot, async () => {
    assert.equal(await decideMode("auto", silentLogger), "nftables");
    assert.deepEqual(listNetworkNamespaces(`porthole-probe-${process.pid}-`), []);
  });
});
