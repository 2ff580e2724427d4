/** Which packets met a rule that refuses or drops, out of what `iptables-save --counters` prints. Pure. */

import { findFrontend } from "../../forwarding/find-frontend.ts";
import type { Family, ForwardingTable, Frontend, Protocol } from "../../forwarding/forwarding-table.ts";
import { frontendKey } from "../../forwarding/frontend-key.ts";
import type { TurnedAwayReason } from "../turned-away.ts";
import { chains, PREFIX } from "./names.ts";

export interface CountedRule {
  readonly chain: string;
  readonly frontend: string;
  readonly reason: TurnedAwayReason;
  readonly packets: number;
}

const counted = new RegExp(
  `^\\[(?<packets>\\d+):\\d+\\] -A (?<chain>${PREFIX}\\S*) (?<rule>.* -j (?:${chains.refuse}|DROP))$`,
  "gm",
);
const dropsInvalid = new RegExp(`^\\[(\\d+):\\d+\\] -A ${chains.invalid} (?:.* )?-j DROP$`, "gm");
const matched =
  /(?:^| )(?:-d (?<to>[^ /]+)\S* (?:-i \S+ )?)?-p (?<protocol>\w+) .*--dport (?<port>\d+)(?: |$)/;

/** Returns those that a packet has met, of rules about one frontend. */
export function* countedRules(
  saved: string,
  family: Family,
  table: ForwardingTable,
): Generator<CountedRule, undefined> {
  for (const { groups: { packets = "0", chain = "", rule = "" } = {} } of saved.matchAll(counted)) {
    if (packets === "0") continue;
    const frontend = frontendOf(rule, family, table);
    if (!frontend) continue;
    yield { chain, frontend: frontend.key, reason: reasonOf(rule, frontend), packets: Number(packets) };
  }
  return undefined;
}

/** How many packets met the rules about what conntrack cannot place. */
export function countInvalid(saved: string): number {
  return [...saved.matchAll(dropsInvalid)].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

function frontendOf(rule: string, family: Family, table: ForwardingTable): Frontend | undefined {
  const groups = matched.exec(rule)?.groups;
  if (!groups) return undefined;
  const protocol = groups.protocol?.toUpperCase() as Protocol;
  const port = Number(groups.port);
  if (groups.to !== undefined) return findFrontend(table, { to: groups.to, protocol, port }).frontend;
  return table.frontends.get(frontendKey("NodePort", family, protocol, undefined, port));
}

function reasonOf(rule: string, { external, internal }: Frontend): TurnedAwayReason {
  if (rule.endsWith(chains.refuse)) return "refused";
  const isSilent = external.kind === "drop" || internal.kind === "drop";
  return isSilent ? "no-local-endpoints" : "source-not-in-ranges";
}
