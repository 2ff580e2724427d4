/** Checks of nodes' systems, as their proxies report them. */
import type { HostFacts } from "../../api/proxy-report/host-facts.ts";
import type { ProxyReport } from "../../api/proxy-report/proxy-report.ts";
import type { Check, Finding } from "./check.ts";
import type { Facts } from "./facts.ts";

const kernelModes: ReadonlySet<string> = new Set(["nftables", "iptables", "ipvs"]);

/** A check that looks at one node's system after the other, where the kernel forwards. */
export function hostCheck({
  find,
  ...check
}: Omit<Check, "find"> & {
  readonly find: (host: HostFacts, report: ProxyReport, facts: Facts) => Omit<Finding, "object"> | undefined;
}): Check {
  return {
    ...check,
    find: (facts) =>
      facts.proxies.flatMap(({ node, report }) => {
        const isAsked = report?.host && kernelModes.has(report.mode);
        const found = isAsked ? find(report.host, report, facts) : undefined;
        return found ? [{ object: `Node ${node}`, ...found }] : [];
      }),
  };
}
