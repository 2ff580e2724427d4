/** The address that connections to backends come from. Pure. */

/**
 * Returns the address to bind, undefined to let the kernel choose. The kernel takes the address of the interface that the
 * packet leaves by, which is what masquerading means. On loopback that would be 127.0.0.1 whatever the node, so there the
 * node's own loopback address is bound: the pod sees which node the connection came through.
 */
export function sourceAddressFor(backend: string, nodeAddresses: readonly string[]): string | undefined {
  if (!backend.startsWith("127.")) return undefined;
  return nodeAddresses.find((address) => address.startsWith("127."));
}
