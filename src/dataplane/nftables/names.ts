/** Names of all that Porthole keeps in nf_tables: one table in each family, the skeleton of the program, and its data. */

/** `table ip porthole` and `table ip6 porthole`. */
export const TABLE = "porthole";

/** The same program in front of the nodes, which may be on one of them. */
export const BALANCER_TABLE = "porthole-lb";

/** The same program beside IPVS. */
export const IPVS_TABLE = "porthole-ipvs";

/** The table's comment, for people and for the next version of Porthole: another program is replaced as a whole. */
export const PROGRAM_COMMENT = "Porthole's NodePorts and Services, program 1";

/** Maps and sets that hold the cluster, a row each for what is there. */
export const maps = {
  /** Address, protocol, port -> target, for traffic from outside, and for all where no other row says otherwise. */
  frontends: "frontends",
  /** The same for the node's own traffic and its pods', where policy Local makes a difference. */
  internalFrontends: "internal-frontends",
  /** Protocol, port -> target, on every address in `node-port-addresses`. */
  nodePorts: "node-ports",
  internalNodePorts: "internal-node-ports",
  /** Target, slot -> endpoint. */
  backends: "backends",
  /** Target with session affinity -> the session of its Service port, which stays when the endpoints change. */
  sessions: "sessions",
  /** Session and set, slot -> one of the session's endpoints. */
  sessionSlots: "session-slots",
  /** One of a session's endpoints, in one of its sets -> its address and port. */
  sessionBackends: "session-backends",
  /** Block of targets -> the chain that chooses among so many endpoints. */
  blocks: "blocks",
} as const;

export const sets = {
  nodePortAddresses: "node-port-addresses",
  /** Cluster addresses of Services: what no frontend serves there is refused. */
  clusterIps: "cluster-ips",
  /** Ranges that cluster addresses are given out of: what is still on its way there after translation leads nowhere. */
  serviceCidrs: "service-cidrs",
  /** Where this node's pods come from. */
  localPods: "local-pods",
  /** Pairs of an address of this node's endpoints with itself: a packet from and to it went round by a Service. */
  localEndpoints: "local-endpoints",
  /** Frontend and source that may use it. */
  sourceRanges: "source-ranges",
} as const;

/** Sets that packets fill: address, protocol and port of a frontend, with a counter of those that it turned away. */
export const counts = {
  refused: "refused",
  noLocalEndpoints: "no-local-endpoints",
  otherSources: "other-sources",
  invalid: "invalid-packets",
} as const;

/** All that Porthole fills with rows. */
export const rowSets: readonly string[] = [...Object.values(maps), ...Object.values(sets)].filter(
  (name) => name !== maps.blocks,
);

export const chains = {
  prerouting: "prerouting",
  output: "output",
  postrouting: "postrouting",
  filterPrerouting: "filter-prerouting",
  afterTranslation: "after-translation",
  fromPod: "from-pod",
  foundFromOutside: "found-from-outside",
  foundFromPod: "found-from-pod",
  foundFromNode: "found-from-node",
  found: "found",
  refuse: "refuse",
  /** Refuses without counting: what no frontend serves. */
  refuseUncounted: "refuse-uncounted",
  silence: "silence",
  otherSource: "other-source",
  /** Beside IPVS only: a virtual server chooses the endpoint. */
  virtualServer: "virtual-server",
  invalid: "invalid",
  invalidToFrontend: "invalid-to-frontend",
} as const;

/** `random-3`: one of three endpoints at random. */
export function randomChain(endpoints: number): string {
  return `random-${endpoints}`;
}

/** `hash-1021`: the endpoint of one of so many entries, by a hash of the client's address and port. */
export function hashChain(entries: number): string {
  return `hash-${entries}`;
}

/** Which of a Service port's endpoints a chain chooses from. */
export type EndpointSet = "cluster" | "local";

/**
 * `sticky-3-10800`: one of three endpoints at random, the same one for the client's next 10800 seconds; `sticky-3-10800-local`.
 * `sticky-hash-1021-10800`: first the endpoint of one of so many entries, by a hash of the client's address.
 */
export function stickyChain(
  endpoints: number,
  seconds: number,
  set: EndpointSet,
  byHash: boolean | undefined,
): string {
  return `sticky-${byHash ? "hash-" : ""}${endpoints}-${seconds}${suffixOf(set)}`;
}

/** `sticky-hit-10800`: the client was here before. */
export function stickyHitChain(seconds: number, set: EndpointSet): string {
  return `sticky-hit-${seconds}${suffixOf(set)}`;
}

function suffixOf(set: EndpointSet): string {
  return set === "local" ? "-local" : "";
}

/** `affinity-10800`: session, client -> endpoint, forgotten after so many seconds without a new connection. */
export function affinityMap(seconds: number): string {
  return `affinity-${seconds}`;
}
