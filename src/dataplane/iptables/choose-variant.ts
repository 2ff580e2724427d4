/**
 * Which variant of iptables a node uses. Rules of both may be in force at once, in an order that depends on their age, so everybody on a node
 * does well to use the same one. The kubelet leaves a chain to tell by (KEP-3178), as kubernetes-sigs/iptables-wrappers reads it.
 */
import type { IptablesPrograms } from "./iptables-programs.ts";

const hints = /^:(?:KUBE-IPTABLES-HINT|KUBE-KUBELET-CANARY)\b/m;

/** What iptables-save and ip6tables-save printed for a variant. */
export interface VariantRules {
  readonly programs: IptablesPrograms;
  readonly saved: string;
}

/** Chooses where the kubelet's hint is, else where more rules are, else what comes first: the system's default. Undefined for none. */
export function chooseVariant(candidates: readonly VariantRules[]): IptablesPrograms | undefined {
  const hinted = candidates.find(({ saved }) => hints.test(saved));
  if (hinted) return hinted.programs;
  return candidates.toSorted((a, b) => countRules(b.saved) - countRules(a.saved))[0]?.programs;
}

function countRules(saved: string): number {
  return saved.match(/^-A /gm)?.length ?? 0;
}
