/** The IPVS dataplane. */
export { cleanupIpvs, drainIpvs } from "./cleanup-ipvs.ts";
export { openIpvsDataplane } from "./open-ipvs-dataplane.ts";
