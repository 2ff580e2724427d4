/** The iptables dataplane. */
export { cleanupIptables } from "./cleanup-iptables.ts";
export { openIptablesDataplane } from "./open-iptables-dataplane.ts";
