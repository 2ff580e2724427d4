/** The iptables dataplane. */
export { openIptablesDataplane } from "./open-iptables-dataplane.ts";
