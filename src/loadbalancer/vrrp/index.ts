/** vrrp: addresses that several machines share, so that exactly one of them has each. */
export type { Ipv4Checksum } from "./advertisement.ts";
export type { VrrpFault } from "./fault-log.ts";
export { runVrrp } from "./run-vrrp.ts";
export { type SpreadOptions, spreadAddresses } from "./spread-addresses.ts";
export { checkRouters, type Family, type VirtualRouter } from "./virtual-router.ts";
export type { RouterStatus, Vrrp, VrrpOptions, VrrpStatus } from "./vrrp.ts";
