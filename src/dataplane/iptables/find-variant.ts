/** Finds iptables on this node. */
import type { NetworkNamespace } from "../../kernel/index.ts";
import { chooseVariant } from "./choose-variant.ts";
import { findPrograms, type IptablesPrograms, type Variant, variants } from "./iptables-programs.ts";

/** Returns the programs of the variant, or without one those that the node's rules are made with. Throws an error that says what to install. */
export async function findVariant(
  variant: Variant | undefined,
  namespace?: NetworkNamespace,
): Promise<IptablesPrograms> {
  const installed = await installedPrograms(variant === undefined ? variants : [variant], namespace);
  const saved = await Promise.all(
    installed.map(async (programs) => ({
      programs,
      // With one there is nothing to choose.
      saved: installed.length === 1 ? "" : await saveBoth(programs),
    })),
  );
  const chosen = chooseVariant(saved);
  if (chosen) return chosen;
  const what = variant === undefined ? "iptables" : `iptables-${variant}`;
  throw new Error(
    `Cannot forward in mode "iptables": ${what} is not installed; install the package iptables, or use --mode nftables`,
  );
}

/** The system's default first. */
export async function installedPrograms(
  wanted: readonly Variant[],
  namespace?: NetworkNamespace,
): Promise<readonly IptablesPrograms[]> {
  const found = await Promise.all(wanted.map((variant) => findPrograms(variant, namespace)));
  return found
    .filter((programs) => programs !== undefined)
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

async function saveBoth(programs: IptablesPrograms): Promise<string> {
  const saved = await Promise.all([programs.save("iptables"), programs.save("ip6tables")]);
  return saved.join("");
}
