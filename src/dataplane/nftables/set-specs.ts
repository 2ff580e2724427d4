/** The maps and sets of the program: what their keys and data are, in the words that nft prints. */
import type { Field, SetContent } from "../../netlink/nftables/index.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { counts, maps, sets } from "./names.ts";

export interface SetSpec extends SetContent {
  readonly name: string;
}

/** Clients that a map of affinities has room for; beyond them connections are spread without affinity. */
const AFFINITY_SIZE = 1_048_576;
/** Addresses with a port that one set counts at; the packets of more are not counted. */
const COUNTS_SIZE = 65_536;
/** nft wants a number here; rows may have any slot. */
const slot: Field = "numgen random mod 2";
const id: Field = "meta priority";
/** nft refuses `th dport` behind a match of a protocol, and takes a port of TCP for those of all protocols. */
const backendPort: Field = "tcp dport";

/** Returns one family's. */
export function programSets({ name }: FamilyTraits): readonly SetSpec[] {
  const daddr: Field = `${name} daddr`;
  const saddr: Field = `${name} saddr`;
  const place: readonly Field[] = [daddr, "meta l4proto", "th dport"];
  const port: readonly Field[] = ["meta l4proto", "th dport"];
  return [
    { name: maps.frontends, key: place, data: [id] },
    { name: maps.internalFrontends, key: place, data: [id] },
    { name: maps.nodePorts, key: port, data: [id] },
    { name: maps.internalNodePorts, key: port, data: [id] },
    { name: maps.backends, key: [id, slot], data: [daddr, backendPort] },
    { name: maps.sessions, key: [id], data: [id] },
    { name: maps.sessionSlots, key: [id, slot], data: [id] },
    { name: maps.sessionBackends, key: [id], data: [daddr, backendPort] },
    { name: maps.blocks, key: [id], data: "verdict" },
    { name: sets.nodePortAddresses, key: [daddr] },
    { name: sets.clusterIps, key: [daddr] },
    { name: sets.serviceCidrs, key: [daddr], flags: ["interval"] },
    { name: sets.localPods, key: [saddr], flags: ["interval"] },
    { name: sets.localEndpoints, key: [saddr, daddr] },
    { name: sets.sourceRanges, key: [...place, saddr], flags: ["interval"] },
    ...Object.values(counts).map((set) => countSet(set, place)),
  ];
}

function countSet(name: string, key: readonly Field[]): SetSpec {
  return { name, key, flags: ["dynamic"], size: COUNTS_SIZE };
}

/** Which endpoint a session's clients were led to. */
export function affinitySet({ name }: FamilyTraits, set: string, seconds: number): SetSpec {
  return {
    name: set,
    key: [id, `${name} saddr`],
    data: [id],
    flags: ["dynamic", "timeout"],
    timeoutMs: seconds * 1000,
    size: AFFINITY_SIZE,
  };
}

/** Says whether a range is two elements in that set, its first key and the one behind its last; with several fields it is one. */
export function isRangeOfOneField(set: string): boolean {
  return set === sets.serviceCidrs || set === sets.localPods;
}
