/** What all namespaces of a cluster, nodes' and pods', are made of. */
import { type NetworkNamespace, type RouteControl, writeSysctl } from "../../kernel/index.ts";

/** Settings of the kernel by which addresses can be used at once, and replies may come another way than requests went. */
const everywhere: readonly (readonly [key: string, value: number])[] = [
  ["net/ipv4/conf/all/rp_filter", 0],
  ["net/ipv4/conf/default/rp_filter", 0],
];
const everywhereIPv6: typeof everywhere = [
  ["net/ipv6/conf/all/accept_dad", 0],
  ["net/ipv6/conf/default/accept_dad", 0],
  // Nobody advertises routes here, and asking for them would only take time.
  ["net/ipv6/conf/all/accept_ra", 0],
  ["net/ipv6/conf/default/accept_ra", 0],
];
const forwarding: typeof everywhere = [
  ["net/ipv4/ip_forward", 1],
  ["net/ipv4/conf/all/send_redirects", 0],
  ["net/ipv4/conf/default/send_redirects", 0],
];
const forwardingIPv6: typeof everywhere = [["net/ipv6/conf/all/forwarding", 1]];

/** To be called before the namespace has links: they take their settings from `default`. */
export function prepareNamespace(
  namespace: NetworkNamespace,
  { forwards }: { readonly forwards: boolean },
): void {
  namespace.run(() => {
    for (const [key, value] of [...everywhere, ...(forwards ? forwarding : [])]) writeSysctl(key, value);
    for (const [key, value] of [...everywhereIPv6, ...(forwards ? forwardingIPv6 : [])])
      writeOptional(key, value);
  });
}

/** A kernel without IPv6 has none of its settings. */
function writeOptional(key: string, value: number): void {
  try {
    writeSysctl(key, value);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Index of a link that must be there. */
export async function linkOf(control: RouteControl, name: string): Promise<number> {
  const link = await control.findLink(name);
  if (!link) throw new Error(`The link "${name}" has vanished: did somebody delete it?`);
  return link.index;
}

export async function setUp(control: RouteControl, index: number): Promise<void> {
  await control.changeLink(index, { up: true });
}

/** Gives a link its addresses, with the lengths of their prefixes, and sets it up. */
export async function addressLink(
  control: RouteControl,
  name: string,
  addresses: readonly string[],
): Promise<void> {
  const linkIndex = await linkOf(control, name);
  for (const address of addresses)
    await control.addAddress({ linkIndex, address, noDuplicateDetection: true });
  await setUp(control, linkIndex);
}
