import { test } from "node:test";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import { openNodeWorld } from "../testing/node-world.ts";
import { agreementRun, assertAgreement, startPods } from "../testing/packet-agreement.ts";

const host = new URL("../testing/nftables-host.ts", import.meta.url);

for (const holds of [false, true]) {
  test(`the nftables dataplane does with random packets what decide says${holds ? ", on a node that holds the Services' addresses" : ""}`, {
    skip: needsRoot.skip,
  }, async (t) => {
    const run = agreementRun();
    t.diagnostic(`PORTHOLE_SEED=${run.seed}`);
    const world = await openNodeWorld();
    try {
      if (holds) world.holdServiceAddresses();
      await startPods(world);
      const dataplane = await world.openDataplane(host);
      await assertAgreement(world, dataplane, { keepsSources: true, affinityPerTarget: true }, run);
    } finally {
      await world.close();
    }
  });
}
