/** The nftables dataplane. */
export { BALANCER_TABLE } from "./names.ts";
export { cleanupNftables, openNftablesDataplane } from "./open-nftables-dataplane.ts";
