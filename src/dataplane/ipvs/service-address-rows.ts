/** Rows of `service-addresses`: where what no frontend serves is refused, since the address leads to the node. */
import type { Family } from "../../forwarding/forwarding-table.ts";
import { familyOf } from "../../forwarding/ip-address.ts";
import { addressKey } from "../nftables/address-key.ts";
import { serviceAddresses } from "../nftables/names.ts";
import type { Row } from "../nftables/row.ts";

/** The node's own addresses are not among them: others may serve there. */
export function serviceAddressRows(
  family: Family,
  addresses: Iterable<string>,
  nodeAddresses: readonly string[],
): readonly Row[] {
  const own = new Set(nodeAddresses);
  return [...addresses]
    .filter((address) => familyOf(address) === family && !own.has(address))
    .map((address) => ({ set: serviceAddresses, key: addressKey(address) }));
}
