/** The chains that are there whatever Services there are, and the rules that lead to them from the kernel's own. */
import type { ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { familyOf, isInCidrs } from "../../forwarding/ip-address.ts";
import { nodePortChain } from "./dispatch.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { chains } from "./names.ts";
import { addressed, comment, fromInterface, fromNode, jump, type Match, rule } from "./rule.ts";
import type { Rules, Ruleset } from "./ruleset.ts";

/** What of a table is for the whole node, in one family. */
export interface NodeOptions {
  /** Bits of the packet's mark that say "masquerade" between the hooks; all others are left alone. */
  readonly masqueradeMark: number;
  readonly masqueradeAll: boolean;
  readonly fromPods: readonly Match[];
  readonly nodePortAddresses: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Packets to loopback may come from outside, since the kernel leads them on; they must be kept away. */
  readonly guardsLoopback: boolean;
  /** Node ports answer on loopback addresses, which the kernel leads nowhere unless it is told to. */
  readonly leadsLoopback: boolean;
  /** iptables 1.6.2 and later knows how. */
  readonly randomFully: boolean;
}

/** KubeProxyConfiguration's default for `masqueradeBit`. */
const DEFAULT_MASQUERADE_BIT = 14;

/** Reads one family's options out of a table. */
export function nodeOptions(
  { family, bits, loopback }: FamilyTraits,
  table: ForwardingTable,
  { guardsLoopback, randomFully }: Pick<NodeOptions, "guardsLoopback" | "randomFully">,
): NodeOptions {
  const { masqueradeBit = DEFAULT_MASQUERADE_BIT, masqueradeAll = false, podInterfaces } = table;
  const own = (cidrs: readonly string[] = []) =>
    cidrs.filter((cidr) => familyOf(cidr.split("/")[0] ?? "") === family);
  const nodePortAddresses = own(table.nodePortAddresses);
  const leadsLoopback =
    family === "IPv4" && nodePortAddresses.some((address) => isInCidrs(address, [loopback]));
  return {
    masqueradeMark: (1 << masqueradeBit) >>> 0,
    masqueradeAll,
    fromPods: podInterfaces
      ? [fromInterface(podInterfaces)]
      : own(table.podCIDRs).map((cidr) => addressed("-s", cidr)),
    nodePortAddresses: nodePortAddresses.map((address) => `${address}/${bits}`),
    serviceCIDRs: own(table.serviceCIDRs),
    guardsLoopback: guardsLoopback || leadsLoopback,
    leadsLoopback,
    randomFully,
  };
}

/** Returns the chains and jumps of both tables. */
export function baseRules(traits: FamilyTraits, options: NodeOptions): Ruleset {
  return {
    nat: { chains: natChains(options), jumps: natJumps },
    filter: { chains: filterChains(traits, options), jumps: filterJumps(options) },
  };
}

const natJumps = new Map<string, Rules>([
  ["PREROUTING", [rule(comment("Porthole: Services"), jump(chains.services))]],
  ["OUTPUT", [rule(comment("Porthole: Services"), jump(chains.services))]],
  ["POSTROUTING", [rule(comment("Porthole: masquerade"), jump(chains.postrouting))]],
]);

function natChains({
  masqueradeMark,
  masqueradeAll,
  fromPods,
  randomFully,
  ...places
}: NodeOptions): ReadonlyMap<string, Rules> {
  const bits = `0x${masqueradeMark.toString(16)}`;
  const outsiders = [
    // The node may have an address out of its pods' range.
    rule(fromNode, `-g ${chains.mark}`),
    ...fromPods.map((pods) => rule(pods, "-j RETURN")),
  ];
  return new Map<string, Rules>([
    [chains.services, lookUp(places)],
    [chains.nodePorts, nodePortChain()],
    [chains.mark, [`-j MARK --set-xmark ${bits}/${bits}`]],
    [chains.markOutsiders, [...(masqueradeAll ? [] : outsiders), jump(chains.mark)]],
    [
      chains.postrouting,
      [
        `-m mark ! --mark ${bits}/${bits} -j RETURN`,
        `-j MARK --set-xmark ${bits}/0x0`,
        `-j MASQUERADE${randomFully ? " --random-fully" : ""}`,
      ],
    ],
  ]);
}

function filterJumps({ guardsLoopback, fromPods }: NodeOptions): ReadonlyMap<string, Rules> {
  const unserved = rule(
    "-m conntrack --ctstate NEW",
    comment("Porthole: Services that nobody serves"),
    jump(chains.services),
  );
  const guard = rule(comment("Porthole: block others from loopback"), jump(chains.localnet));
  const invalid = rule(
    "-m conntrack --ctstate INVALID",
    comment("Porthole: packets outside the window"),
    jump(chains.invalid),
  );
  return new Map<string, Rules>([
    // Answers to masqueraded connections are addressed to the node.
    ["INPUT", [...(guardsLoopback ? [guard] : []), ...(fromPods.length > 0 ? [invalid] : []), unserved]],
    ["FORWARD", [invalid, rule(comment("Porthole: forwarding"), jump(chains.forward)), unserved]],
    ["OUTPUT", [unserved]],
  ]);
}

function filterChains(
  { portUnreachable, loopback }: FamilyTraits,
  { masqueradeMark, fromPods, guardsLoopback, ...places }: NodeOptions,
): ReadonlyMap<string, Rules> {
  const bits = `0x${masqueradeMark.toString(16)}`;
  const result = new Map<string, Rules>([
    // Another proxy may serve cluster addresses that are none of ours: what nobody translated is nobody's.
    [
      chains.services,
      [...lookUp(places), ...places.serviceCIDRs.map((cidr) => rule(addressed("-d", cidr), "-j DROP"))],
    ],
    [chains.nodePorts, nodePortChain()],
    // TCP is reset, since ICMPv6 costs a connecting socket a second.
    [
      chains.refuse,
      ["-p tcp -j REJECT --reject-with tcp-reset", `-j REJECT --reject-with ${portUnreachable}`],
    ],
    // Conntrack translates no packet far outside the window, and whoever gets it resets the connection (kubernetes#74839).
    [chains.invalid, (fromPods.length > 0 ? fromPods : [""]).map((pods) => rule(pods, "-j DROP"))],
    [
      chains.forward,
      [
        // As kube-proxy: a node whose policy is to forward nothing forwards what Services ask for.
        `-m mark --mark ${bits}/${bits} -j ACCEPT`,
        "-m conntrack --ctstate RELATED,ESTABLISHED -m conntrack --ctstate DNAT -j ACCEPT",
      ],
    ],
  ]);
  if (guardsLoopback) {
    result.set(chains.localnet, [
      `! -s ${loopback} -d ${loopback} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
    ]);
  }
  return result;
}

function lookUp({ nodePortAddresses }: Pick<NodeOptions, "nodePortAddresses">): Rules {
  return [
    jump(chains.addresses),
    ...nodePortAddresses.map((address) => rule(addressed("-d", address), jump(chains.nodePorts))),
  ];
}
