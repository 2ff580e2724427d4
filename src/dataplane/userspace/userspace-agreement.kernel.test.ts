import { test } from "node:test";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import { openNodeWorld } from "../testing/node-world.ts";
import { agreementRun, assertAgreement, startPods } from "../testing/packet-agreement.ts";

const host = new URL("../testing/userspace-host.ts", import.meta.url);

test("the userspace dataplane does with random packets what decide says", {
  skip: needsRoot.skip,
}, async (t) => {
  const run = agreementRun();
  t.diagnostic(`PORTHOLE_SEED=${run.seed}`);
  const world = await openNodeWorld();
  try {
    world.holdServiceAddresses();
    await startPods(world);
    await assertAgreement({ world, host, keepsSources: false }, run);
  } finally {
    await world.close();
  }
});
