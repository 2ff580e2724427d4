/** Load balancers' and external addresses that lead to this node and are none of its own. */
import type { Family } from "../../forwarding/forwarding-table.ts";
import { familyOf } from "../../forwarding/ip-address.ts";
import { addressKey } from "../nftables/address-key.ts";
import { serviceAddresses } from "../nftables/names.ts";
import type { Row } from "../nftables/row.ts";

/** At the node's own addresses others may serve, and the node answers for them. */
export function strangersAddresses(
  addresses: Iterable<string>,
  nodeAddresses: readonly string[],
): Readonly<Record<Family, readonly string[]>> {
  const own = new Set(nodeAddresses);
  const all = [...addresses].filter((address) => !own.has(address));
  const of = (family: Family) => all.filter((address) => familyOf(address) === family);
  return { IPv4: of("IPv4"), IPv6: of("IPv6") };
}

/** Rows of `service-addresses`: what no frontend serves there is refused. */
export function serviceAddressRows(addresses: readonly string[]): readonly Row[] {
  return addresses.map((address) => ({ set: serviceAddresses, key: addressKey(address) }));
}
