/** The iptables dataplane. */
export { cleanupIptables } from "./cleanup-iptables.ts";
export { installedPrograms } from "./find-variant.ts";
export { variants } from "./iptables-programs.ts";
export { openIptablesDataplane } from "./open-iptables-dataplane.ts";
