/** The conformance suite for the nftables dataplane. A file for each family, so that they may run side by side. */
import { after, before } from "node:test";
import type { Family } from "../../forwarding/index.ts";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import { dataplaneConformance } from "../conformance.ts";
import { createNamespaceHarness } from "./namespace-harness.ts";
import { nftDisturbances, whyNoNft, wipePorthole } from "./nft-command.ts";
import { type NodeWorld, openNodeWorld } from "./node-world.ts";

const host = new URL("./nftables-host.ts", import.meta.url);

export function nftablesConformance(family: Family): void {
  const skipAll = needsRoot.skip || whyNoNft();
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
      disturbances: nftDisturbances(own),
      wipe: async () => wipePorthole(own),
    });
  };
  dataplaneConformance("nftables", makeHarness, { family, skipAll });
}
