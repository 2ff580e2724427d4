import { test } from "node:test";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import { nftDisturbances, whyNoNft } from "../testing/nft-command.ts";
import { openNodeWorld } from "../testing/node-world.ts";
import { agreementRun, assertAgreement, startPods } from "../testing/packet-agreement.ts";

const host = new URL("../testing/nftables-host.ts", import.meta.url);
const skip = needsRoot.skip || whyNoNft();

for (const { name, holdsAddresses = false, isUpset = false } of [
  { name: "does with random packets what decide says" },
  { name: "does so on a node that holds the Services' addresses, too", holdsAddresses: true },
  { name: "does so after it was killed or others damaged its tables, too", isUpset: true },
]) {
  test(`the nftables dataplane ${name}`, { skip }, async (t) => {
    const run = agreementRun();
    t.diagnostic(`PORTHOLE_SEED=${run.seed}`);
    const world = await openNodeWorld();
    try {
      if (holdsAddresses) world.holdServiceAddresses();
      await startPods(world);
      const upsets = isUpset ? { upsets: nftDisturbances(world), restarts: true } : {};
      await assertAgreement({ world, host, keepsSources: true, ...upsets }, run);
    } finally {
      await world.close();
    }
  });
}
