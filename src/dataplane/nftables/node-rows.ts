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

/** Returns one family's rows. */
export function nodeRows(family: Family, places: NodePlaces): readonly Row[] {
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
