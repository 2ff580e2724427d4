/**
 * What is refused or dropped, in the table filter. What is led to an endpoint has another destination by then, so a rule for the whole
 * frontend meets only what was not: nobody serves it, or its source may not come in.
 */
import type { Frontend, Target } from "../../forwarding/forwarding-table.ts";
import { about, matchOf, placeOf } from "./compile-entrance.ts";
import { type DispatchItem, digitsOfAddress } from "./dispatch.ts";
import { chains } from "./names.ts";
import { addressed, comment, fromNode, jump, rule } from "./rule.ts";
import type { Rules } from "./ruleset.ts";
import type { GroupOptions } from "./service-group.ts";

/** Returns what is to be found in the table filter. */
export function compileRefusals(frontend: Frontend, options: GroupOptions): readonly DispatchItem[] {
  const rules = refusalRules(frontend, options);
  const own = rules.length > 0 ? [{ ...placeOf(frontend), table: "filter" as const, rules }] : [];
  return frontend.kind === "ClusterIP" && frontend.address !== undefined
    ? [...own, wholeAddress(frontend, frontend.address)]
    : own;
}

function refusalRules(frontend: Frontend, { fromPods }: GroupOptions): Rules {
  const external = refusalOf(frontend, frontend.external);
  const internal = refusalOf(frontend, frontend.internal);
  const match = [...matchOf(frontend), about(frontend)];
  if (external && internal && external !== internal) {
    return [
      ...[fromNode, ...fromPods].map((source) => rule(source, ...match, internal)),
      rule(...match, external),
    ];
  }
  const only = external ?? internal;
  return only === undefined ? [] : [rule(...match, only)];
}

/** Undefined where everybody is led to endpoints. */
function refusalOf({ sourceRanges }: Frontend, target: Target): string | undefined {
  if (target.kind === "reject") return jump(chains.refuse);
  return target.kind === "drop" || sourceRanges ? "-j DROP" : undefined;
}

/** A cluster address is the Service's alone: at ports that it does not have nobody is to wait. */
function wholeAddress({ service, family }: Frontend, address: string): DispatchItem {
  const to = addressed("-d", `${address}/${family === "IPv4" ? 32 : 128}`);
  const why = comment(`${service.namespace}/${service.name} cluster IP`);
  return {
    table: "filter",
    id: `${address} *`,
    digits: digitsOfAddress(address),
    order: 1,
    rules: [rule(to, why, jump(chains.refuse))],
  };
}
