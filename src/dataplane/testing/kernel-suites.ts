/** What every dataplane in the kernel must pass, in network namespaces. A file for each dataplane and family calls it, so that they may run side by side. */
import { after, before, test } from "node:test";
import type { Family } from "../../forwarding/index.ts";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import { dataplaneConformance } from "../conformance.ts";
import type { Disturbance } from "../conformance-harness.ts";
import { createNamespaceHarness } from "./namespace-harness.ts";
import { type NodeWorld, openNodeWorld } from "./node-world.ts";
import { agreementRun, assertAgreement, startPods } from "./packet-agreement.ts";

export interface KernelDataplane {
  /** `iptables (nft)` */
  readonly name: string;
  /** What others may damage: `rules`. */
  readonly keeps: "rules" | "tables";
  /** Why it cannot be tested here, or false. */
  readonly why: () => string | false;
  /** The script that runs it. */
  readonly host: URL;
  readonly disturbances: (world: NodeWorld) => ReadonlyMap<string, Disturbance>;
  /** Removes what it has left on the node. */
  readonly wipe: (world: NodeWorld) => void;
}

export function kernelConformance(dataplane: KernelDataplane, family: Family): void {
  const { name, host, disturbances, wipe } = dataplane;
  const skipAll = needsRoot.skip || dataplane.why();
  let world: NodeWorld | undefined;
  if (!skipAll) {
    before(async () => {
      world = await openNodeWorld();
    });
    after(() => world?.close());
  }
  const makeHarness = async () => {
    if (!world) throw new Error("The world is not open");
    const own = world;
    return await createNamespaceHarness(own, family, {
      host,
      disturbances: disturbances(own),
      wipe: async () => wipe(own),
    });
  };
  dataplaneConformance(name, makeHarness, { family, skipAll });
}

export function kernelAgreement(dataplane: KernelDataplane): void {
  const skip = needsRoot.skip || dataplane.why();
  for (const { does, holdsAddresses = false, isUpset = false } of [
    { does: "does with random packets what decide says" },
    { does: "does so on a node that holds the Services' addresses, too", holdsAddresses: true },
    { does: `does so after it was killed or others damaged its ${dataplane.keeps}, too`, isUpset: true },
  ]) {
    test(`the ${dataplane.name} dataplane ${does}`, { skip }, async (t) => {
      const run = agreementRun();
      t.diagnostic(`PORTHOLE_SEED=${run.seed}`);
      const world = await openNodeWorld();
      try {
        if (holdsAddresses) world.holdServiceAddresses();
        await startPods(world);
        const upsets = isUpset ? { upsets: dataplane.disturbances(world), restarts: true } : {};
        await assertAgreement({ world, host: dataplane.host, keepsSources: true, ...upsets }, run);
      } finally {
        await world.close();
      }
    });
  }
}
