import { test } from "node:test";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import { iptablesDisturbances, iptablesHost, whyNoIptables } from "../testing/iptables-command.ts";
import { openNodeWorld } from "../testing/node-world.ts";
import { agreementRun, assertAgreement, startPods } from "../testing/packet-agreement.ts";
import { variants } from "./iptables-programs.ts";

const skip = needsRoot.skip || whyNoIptables();

for (const variant of variants) {
  for (const { name, holdsAddresses = false, isUpset = false } of [
    { name: "does with random packets what decide says" },
    { name: "does so on a node that holds the Services' addresses, too", holdsAddresses: true },
    { name: "does so after it was killed or others damaged its rules, too", isUpset: true },
  ]) {
    test(`the iptables dataplane (${variant}) ${name}`, { skip }, async (t) => {
      const run = agreementRun();
      t.diagnostic(`PORTHOLE_SEED=${run.seed}`);
      const world = await openNodeWorld();
      try {
        if (holdsAddresses) world.holdServiceAddresses();
        await startPods(world);
        const upsets = isUpset ? { upsets: iptablesDisturbances(world, variant), restarts: true } : {};
        await assertAgreement({ world, host: iptablesHost(variant), keepsSources: true, ...upsets }, run);
      } finally {
        await world.close();
      }
    });
  }
}
