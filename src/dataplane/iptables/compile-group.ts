/** Compiles a Service port into its chains, and into what leads to them. Pure. */
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import { compileEntrance } from "./compile-entrance.ts";
import { compileRefusals } from "./compile-refusals.ts";
import type { Rules } from "./ruleset.ts";
import type { GroupOptions, ServiceGroup } from "./service-group.ts";
import { TargetChains } from "./target-chains.ts";

/** Frontends must be of one group and family, at least one, and come in the same order each time. */
export function compileGroup(frontends: readonly Frontend[], options: GroupOptions): ServiceGroup {
  const targets = new TargetChains(frontends, options.traits);
  const chains = new Map<string, Rules>();
  const items = frontends.flatMap((frontend) => [
    ...compileEntrance(frontend, targets, options, chains),
    ...compileRefusals(frontend, options),
  ]);
  for (const [name, rules] of targets.chains()) chains.set(name, rules);
  return { chains, items };
}
