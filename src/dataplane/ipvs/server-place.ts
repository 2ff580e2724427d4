/** ServerPlace: what a virtual server of a Service is known by. */
import type { Family, Frontend, Protocol } from "../../forwarding/forwarding-table.ts";
import { joinHostPort } from "../../forwarding/index.ts";
import { familyOf } from "../../forwarding/ip-address.ts";

export interface ServerPlace {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
}

/** `TCP 10.96.0.1:443`, `UDP [fd00::1]:53`. */
export function formatPlace({ protocol, address, port }: Omit<ServerPlace, "family">): string {
  return `${protocol} ${joinHostPort(address, port)}`;
}

/** A NodePort's are on each of these addresses. */
export function placesOf(
  { family, protocol, address, port }: Pick<Frontend, "family" | "protocol" | "address" | "port">,
  nodePortAddresses: readonly string[],
): readonly ServerPlace[] {
  const addresses =
    address === undefined ? nodePortAddresses.filter((one) => familyOf(one) === family) : [address];
  return addresses.map((one) => ({ family, protocol, address: one, port }));
}
