/**
 * The program: the rules that are the same whatever the cluster holds. What they look up are rows (see names.ts); only
 * the chains in choice-rules.ts come and go, one for each number of endpoints and each affinity time-out.
 *
 *     prerouting ----------> found-from-outside --+
 *         \-> from-pod ----> found-from-pod ------+--> found --> random-N | sticky-N-T | refuse | silence
 *     output --------------> found-from-node -----+
 */
import type { ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { chains, counts, maps, sets } from "./names.ts";
import type { Key, Rule, Statement } from "./statement.ts";
import { BLOCK_MASK, CLUSTER_ADDRESS, KEEP_SOURCE, RESTRICTED } from "./target-id.ts";

/** Which packets are those of this node's own pods. */
export type PodOrigin =
  /** Those from the addresses in the set `local-pods`. */
  | { readonly kind: "addresses" }
  | { readonly kind: "interface"; readonly name: string; readonly prefix: boolean };

export interface ProgramOptions {
  /** The one bit of the packet's mark that says "masquerade" between the hooks; all others are left alone. */
  readonly masqueradeMark: number;
  /** Masquerade what pods send to cluster addresses, too. */
  readonly masqueradeAll: boolean;
  readonly pods: PodOrigin;
  /** IPVS chooses endpoints, too: the bit of a flow's mark that says so. See ../ipvs/README.md. */
  readonly virtualServerMark?: number;
}

/** KubeProxyConfiguration's default for `masqueradeBit`. */
const DEFAULT_MASQUERADE_BIT = 14;
/** Others' bits, as far as is known: kubelet's 14 and 15, network plug-ins' 7 to 11 and 16 to 31, the port mapping of CNI's 13. */
const VIRTUAL_SERVER_BIT = 12;

/** The bit of packets' and flows' marks that leads them to virtual servers. */
export function virtualServerMark({ masqueradeBit }: ForwardingTable): number {
  return 1 << (masqueradeBit === VIRTUAL_SERVER_BIT ? VIRTUAL_SERVER_BIT + 1 : VIRTUAL_SERVER_BIT);
}

/** Returns what a table asks of the program. */
export function programOptions(table: ForwardingTable, virtualServers = false): ProgramOptions {
  const { masqueradeBit = DEFAULT_MASQUERADE_BIT, masqueradeAll = false, podInterfaces } = table;
  return {
    masqueradeMark: (1 << masqueradeBit) >>> 0,
    masqueradeAll,
    pods: podInterfaces
      ? { kind: "interface", name: podInterfaces.name, prefix: podInterfaces.kind === "prefix" }
      : { kind: "addresses" },
    ...(virtualServers && { virtualServerMark: virtualServerMark(table) }),
  };
}

export interface BaseHook {
  readonly type: "nat" | "filter";
  readonly hook: "prerouting" | "output" | "postrouting";
  /** include/uapi/linux/netfilter_ipv4.h: NF_IP_PRI_*. */
  readonly priority: number;
}

export interface ChainSpec {
  readonly name: string;
  readonly base?: BaseHook;
  readonly rules: readonly Rule[];
}

const frontendKey: Key = ["daddr", "meta l4proto", "th dport"];
const nodePortKey: Key = ["meta l4proto", "th dport"];

const atNodePortAddress: Statement = { kind: "in-set", key: ["daddr"], set: sets.nodePortAddresses };
const atClusterIp: Statement = { kind: "in-set", key: ["daddr"], set: sets.clusterIps };

/** NF_IP_PRI_NAT_DST is -100, NF_IP_PRI_NAT_SRC 100, NF_IP_PRI_MANGLE -150, NF_IP_PRI_CONNTRACK -200. */
const destinationNat = -100;

/** Returns the program's chains; one that others jump to stands before them. */
export function programChains(options: ProgramOptions): readonly ChainSpec[] {
  const mark: Statement = { kind: "mark", of: "packet", bits: options.masqueradeMark, action: "set" };
  return [
    // What a client is told where nobody serves: at once, and TCP without the second that ICMPv6 costs a connecting socket.
    {
      name: chains.refuseUncounted,
      rules: [
        [
          { kind: "protocol", protocol: "tcp" },
          { kind: "reject", with: "tcp reset" },
        ],
        [{ kind: "reject", with: "port-unreachable" }],
      ],
    },
    { name: chains.refuse, rules: [count(counts.refused), goTo(chains.refuseUncounted)] },
    { name: chains.silence, rules: [count(counts.noLocalEndpoints), [{ kind: "drop" }]] },
    { name: chains.otherSource, rules: [count(counts.otherSources), [{ kind: "drop" }]] },
    ...virtualServer(options),
    {
      name: chains.found,
      rules: [
        [
          { kind: "flags", mask: RESTRICTED, any: true },
          {
            kind: "in-set",
            key: [...frontendKey, "saddr"],
            set: sets.sourceRanges,
            not: true,
            intervals: true,
          },
          ...goTo(chains.otherSource),
        ],
        [{ kind: "branch", mask: BLOCK_MASK, map: maps.blocks }],
      ],
    },
    {
      name: chains.foundFromOutside,
      rules: [[{ kind: "flags", mask: KEEP_SOURCE, any: false }, mark], goTo(chains.found)],
    },
    {
      name: chains.foundFromPod,
      rules: [[{ kind: "flags", mask: keptForPods(options), any: false }, mark], goTo(chains.found)],
    },
    { name: chains.foundFromNode, rules: [[mark], goTo(chains.found)] },
    { name: chains.fromPod, rules: insideRules(chains.foundFromPod) },
    {
      name: chains.prerouting,
      base: { type: "nat", hook: "prerouting", priority: destinationNat },
      rules: [[podOrigin(options.pods), ...goTo(chains.fromPod)], ...outsideRules()],
    },
    {
      name: chains.output,
      base: { type: "nat", hook: "output", priority: destinationNat },
      rules: insideRules(chains.foundFromNode),
    },
    ...postrouting(options),
    ...invalidPackets(),
  ];
}

function outsideRules(): readonly Rule[] {
  return [
    [{ kind: "find", key: frontendKey, map: maps.frontends }, ...goTo(chains.foundFromOutside)],
    [
      atNodePortAddress,
      { kind: "find", key: nodePortKey, map: maps.nodePorts },
      ...goTo(chains.foundFromOutside),
    ],
    [atClusterIp, ...goTo(chains.refuseUncounted)],
  ];
}

/** For the node and its pods: where policy Local makes a difference, the row that says so comes first. */
function insideRules(found: string): readonly Rule[] {
  return [
    [{ kind: "find", key: frontendKey, map: maps.internalFrontends }, ...goTo(found)],
    [{ kind: "find", key: frontendKey, map: maps.frontends }, ...goTo(found)],
    [atNodePortAddress, { kind: "find", key: nodePortKey, map: maps.internalNodePorts }, ...goTo(found)],
    [atNodePortAddress, { kind: "find", key: nodePortKey, map: maps.nodePorts }, ...goTo(found)],
    [atClusterIp, ...goTo(chains.refuseUncounted)],
  ];
}

/** Beside IPVS: what arrives is led to the node itself, where a virtual server chooses. */
function virtualServer({ virtualServerMark: bits }: ProgramOptions): readonly ChainSpec[] {
  if (bits === undefined) return [];
  const rule: Rule = [{ kind: "forget-id" }, { kind: "mark", of: "flow", bits, action: "set" }];
  return [{ name: chains.virtualServer, rules: [rule] }];
}

function postrouting({ masqueradeMark: bits }: ProgramOptions): readonly ChainSpec[] {
  return [
    {
      name: chains.postrouting,
      base: { type: "nat", hook: "postrouting", priority: 100 },
      rules: [
        [
          { kind: "marked", of: "packet", bits },
          { kind: "mark", of: "packet", bits, action: "clear" },
          { kind: "masquerade" },
        ],
        // A pod that reaches itself through a Service would answer itself directly, and not know the answer.
        [{ kind: "in-set", key: ["saddr", "daddr"], set: sets.localEndpoints }, { kind: "masquerade" }],
      ],
    },
    {
      // Before anybody's mangle rules may ask for the priority: a queueing discipline takes it for a class.
      name: chains.afterTranslation,
      base: { type: "filter", hook: "postrouting", priority: -151 },
      rules: [
        [{ kind: "state", state: "new" }, { kind: "translated" }, { kind: "forget-id" }, { kind: "return" }],
        // Another proxy may serve cluster addresses that are none of ours: what nobody translated is nobody's.
        [
          { kind: "state", state: "new" },
          { kind: "in-set", key: ["daddr"], set: sets.serviceCidrs },
          { kind: "drop" },
        ],
      ],
    },
  ];
}

/**
 * A packet that conntrack cannot place (far outside the TCP window, say) is not translated; whoever gets it does not know
 * the connection and resets it (kubernetes#74839). So it goes no further, if it comes from an endpoint here or to a frontend.
 */
function invalidPackets(): readonly ChainSpec[] {
  const toFrontend = goTo(chains.invalidToFrontend);
  return [
    { name: chains.invalidToFrontend, rules: [count(counts.invalid), [{ kind: "drop" }]] },
    {
      name: chains.invalid,
      rules: [
        [{ kind: "in-set", key: ["saddr", "saddr"], set: sets.localEndpoints }, { kind: "drop" }],
        [{ kind: "find", key: frontendKey, map: maps.frontends }, ...toFrontend],
        [atNodePortAddress, { kind: "find", key: nodePortKey, map: maps.nodePorts }, ...toFrontend],
      ],
    },
    {
      name: chains.filterPrerouting,
      base: { type: "filter", hook: "prerouting", priority: destinationNat - 10 },
      rules: [[{ kind: "state", state: "invalid" }, ...goTo(chains.invalid)]],
    },
  ];
}

/** Flags that leave a pod's source as it is. */
function keptForPods({ masqueradeAll }: ProgramOptions): number {
  return masqueradeAll ? KEEP_SOURCE : (KEEP_SOURCE | CLUSTER_ADDRESS) >>> 0;
}

function podOrigin(pods: PodOrigin): Statement {
  return pods.kind === "addresses"
    ? { kind: "in-set", key: ["saddr"], set: sets.localPods }
    : { kind: "interface", name: pods.name, prefix: pods.prefix };
}

/** A rule of its own: it ends where the set is full, and what follows must be done all the same. */
function count(set: string): Rule {
  return [{ kind: "count", key: frontendKey, set }];
}

function goTo(chain: string): Rule {
  return [{ kind: "goto", chain }];
}
