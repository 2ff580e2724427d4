/** The nftables dataplane. */
export { cleanupNftables, openNftablesDataplane } from "./open-nftables-dataplane.ts";
