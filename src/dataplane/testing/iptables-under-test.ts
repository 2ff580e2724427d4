/** The iptables dataplane, as the suites of kernel dataplanes see it. */
import type { Variant } from "../iptables/iptables-programs.ts";
import { flushIptables, iptablesDisturbances, iptablesHost, whyNoIptables } from "./iptables-command.ts";
import type { KernelDataplane } from "./kernel-suites.ts";

export function iptablesUnderTest(variant: Variant): KernelDataplane {
  return {
    name: `iptables (${variant})`,
    keeps: "rules",
    why: whyNoIptables,
    host: iptablesHost(variant),
    disturbances: (world) => iptablesDisturbances(world, variant),
    wipe: (world) => flushIptables(world, variant),
  };
}
