/** The conformance suite for the iptables dataplane. A file for each variant and family, so that they may run side by side. */
import { after, before } from "node:test";
import type { Family } from "../../forwarding/index.ts";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import { dataplaneConformance } from "../conformance.ts";
import type { Variant } from "../iptables/iptables-programs.ts";
import { flushIptables, iptablesDisturbances, iptablesHost, whyNoIptables } from "./iptables-command.ts";
import { createNamespaceHarness } from "./namespace-harness.ts";
import { type NodeWorld, openNodeWorld } from "./node-world.ts";

export function iptablesConformance(variant: Variant, family: Family): void {
  const skipAll = needsRoot.skip || whyNoIptables();
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
      host: iptablesHost(variant),
      disturbances: iptablesDisturbances(own, variant),
      wipe: async () => flushIptables(own, variant),
    });
  };
  dataplaneConformance(`iptables (${variant})`, makeHarness, { family, skipAll });
}
