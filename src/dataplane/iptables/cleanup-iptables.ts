/** Takes the iptables dataplane's rules away again. */
import { existsSync, readFileSync } from "node:fs";
import { type NetworkNamespace, writeSysctl } from "../../kernel/index.ts";
import { installedPrograms } from "./find-variant.ts";
import type { IptablesPrograms, Variant } from "./iptables-programs.ts";
import { variants } from "./iptables-programs.ts";
import { chains } from "./names.ts";
import { restoreText } from "./restore-text.ts";
import { emptyTable } from "./ruleset.ts";
import { isEmptyRuleset, parseSavedRules } from "./saved-rules.ts";

export interface IptablesCleanup {
  /** Both if absent. */
  readonly variants?: readonly Variant[];
  /** The process's own if absent. */
  readonly namespace?: NetworkNamespace;
}

const programs = ["iptables", "ip6tables"] as const;
const nothing = { nat: emptyTable(), filter: emptyTable() };

/**
 * Removes Porthole's chains of both families and all that leads to them; nobody else's are touched. Returns a line for the user on each
 * variant that had some. Throws what iptables says; where it is not installed there is nothing to do.
 */
export async function cleanupIptables({
  variants: wanted = variants,
  namespace,
}: IptablesCleanup = {}): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const installed of await installedPrograms(wanted, namespace)) {
    if (installed.variant === "legacy" && !hasLegacyTables(namespace)) continue;
    let removed = false;
    for (const program of programs) {
      if (await removeRules(installed, program, namespace)) removed = true;
    }
    if (removed) lines.push(`Removed Porthole's chains from iptables (${installed.variant})`);
  }
  return lines;
}

async function removeRules(
  installed: IptablesPrograms,
  program: (typeof programs)[number],
  namespace: NetworkNamespace | undefined,
): Promise<boolean> {
  const held = parseSavedRules(await installed.save(program));
  if (isEmptyRuleset(held)) return false;
  // Without the guard nobody outside may reach loopback.
  if (held.filter.chains.has(chains.localnet)) writeSysctl("net/ipv4/conf/all/route_localnet", 0, namespace);
  const text = restoreText(held, nothing, installed);
  if (text !== undefined) await installed.restore(program, text);
  return true;
}

/** PERF: most nodes have none, and a program that looks makes the kernel load what they need. */
function hasLegacyTables(namespace: NetworkNamespace | undefined): boolean {
  const look = () =>
    ["ip_tables_names", "ip6_tables_names"]
      .map((file) => `/proc/thread-self/net/${file}`)
      .some((path) => existsSync(path) && readFileSync(path, "utf8") !== "");
  return namespace ? namespace.run(look) : look();
}
