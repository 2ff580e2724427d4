/** The IPVS dataplane. */
export { openIpvsDataplane } from "./open-ipvs-dataplane.ts";
