/** What a link is like now, as far as virtual routers depend on it. */
import type { RouteControl } from "../../kernel/index.ts";
import { compareAddresses } from "./require-address-bytes.ts";
import type { Family } from "./virtual-router.ts";

/** The addresses that we add carry this, so that a later process knows them; the number of the protocol, VRRP's. */
export const addressProtocol = 112;

type LinkAddress = Awaited<ReturnType<RouteControl["listAddresses"]>>[number];

/** Where advertisements are sent from; undefined where that cannot be. */
export interface LinkPlace {
  readonly linkIndex: number;
  readonly linkLayerAddress: string;
  readonly source: string;
}

export interface LinkFacts {
  /** By family; neither if the link is not there, or is down. */
  readonly places: Partial<Readonly<Record<Family, LinkPlace>>>;
  readonly linkIndex: number | undefined;
  readonly addresses: readonly LinkAddress[];
}

/** `isVirtual` says which addresses come and go, so that nothing is sent from them. */
export async function readLinkFacts(
  control: RouteControl,
  name: string,
  isVirtual: (address: string) => boolean,
): Promise<LinkFacts> {
  const link = await control.findLink(name);
  if (!link) return { places: {}, linkIndex: undefined, addresses: [] };
  const addresses = await control.listAddresses({ linkIndex: link.index });
  const { index: linkIndex, address: linkLayerAddress } = link;
  if (!link.running || linkLayerAddress === undefined) return { places: {}, linkIndex, addresses };
  const place = (family: Family) => {
    const source = chooseSource(addresses, family, isVirtual);
    return source === undefined ? {} : { [family]: { linkIndex, linkLayerAddress, source } };
  };
  return { places: { ...place("IPv4"), ...place("IPv6") }, linkIndex, addresses };
}

/**
 * Pure. The address that a link's advertisements come from: of IPv6 a link-local one (RFC 9568, section 5.1.2.1), of IPv4 any; the first
 * that the link has, of IPv6 the lowest, since the kernel's order changes.
 */
export function chooseSource(
  addresses: readonly LinkAddress[],
  family: Family,
  isVirtual: (address: string) => boolean,
): string | undefined {
  const fit = addresses.filter(
    (found) =>
      found.family === family &&
      !found.tentative &&
      found.protocol !== addressProtocol &&
      !isVirtual(found.address) &&
      (family === "IPv4" ? found.scope !== "host" : found.scope === "link"),
  );
  const all = fit.map(({ address }) => address);
  return (family === "IPv4" ? all : all.sort(compareAddresses))[0];
}
