/** The rows that say where the node itself is: its NodePort addresses, its pods, the cluster's service ranges. */

import type { Family } from "../../forwarding/forwarding-table.ts";
import { type Cidr, familyOf, parseCidr } from "../../forwarding/ip-address.ts";
import { addressKey } from "./address-key.ts";
import { addressRanges } from "./address-ranges.ts";
import { sets } from "./names.ts";
import type { Row } from "./row.ts";

export interface NodePlaces {
  readonly nodePortAddresses: readonly string[];
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs?: readonly string[];
}

/** Returns what makes one family's rows. PERF: of the same arrays, as nearly every table has them, it makes them once. */
export function createNodeRows(family: Family): (places: NodePlaces) => readonly Row[] {
  let known: NodePlaces | undefined;
  let rows: readonly Row[] = [];
  return (places) => {
    if (!known || !isSame(known, places)) rows = nodeRows(family, places);
    known = places;
    return rows;
  };
}

function isSame(a: NodePlaces, b: NodePlaces): boolean {
  return (
    a.nodePortAddresses === b.nodePortAddresses &&
    a.podCIDRs === b.podCIDRs &&
    a.serviceCIDRs === b.serviceCIDRs
  );
}

function nodeRows(family: Family, places: NodePlaces): readonly Row[] {
  const { nodePortAddresses, podCIDRs, serviceCIDRs = [] } = places;
  const addresses = new Set(nodePortAddresses.filter((address) => familyOf(address) === family));
  return [
    ...[...addresses].map((address) => ({ set: sets.nodePortAddresses, key: addressKey(address) })),
    ...rangeRows(sets.localPods, family, podCIDRs),
    ...rangeRows(sets.serviceCidrs, family, serviceCIDRs),
  ];
}

function rangeRows(set: string, family: Family, cidrs: readonly string[]): readonly Row[] {
  const own = cidrs.map(parseCidr).filter((cidr): cidr is Cidr => cidr?.family === family);
  const ranges = addressRanges(
    own.map(({ text }) => text),
    family === "IPv4" ? 4 : 16,
  );
  return ranges.map(({ first, last }) => ({ set, key: first, keyEnd: last }));
}
