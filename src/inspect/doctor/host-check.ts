/** Checks of nodes' systems, as their proxies report them or this machine shows itself. */
import type { HostFacts } from "../../api/proxy-report/host-facts.ts";
import type { Check, Finding } from "./check.ts";
import type { Facts } from "./facts.ts";
import type { NodeHost } from "./node-host.ts";

/** Those of Porthole, and whoever forwards where it does not. */
const kernelModes: ReadonlySet<string | undefined> = new Set(["nftables", "iptables", "ipvs", undefined]);

/** A check that looks at one node's system after the other, where the kernel forwards. */
export function hostCheck({
  find,
  ...check
}: Omit<Check, "find"> & {
  readonly find: (host: HostFacts, of: NodeHost, facts: Facts) => Omit<Finding, "object"> | undefined;
}): Check {
  return {
    ...check,
    find: (facts) =>
      facts.hosts.flatMap((of) => {
        const found = kernelModes.has(of.mode) ? find(of.host, of, facts) : undefined;
        if (!found) return [];
        const evidence = of.mode === undefined ? `${found.evidence} (seen on this machine)` : found.evidence;
        return [{ object: `Node ${of.node}`, ...found, evidence }];
      }),
  };
}
