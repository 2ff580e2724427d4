/** The IPVS dataplane. */
export { cleanupIpvs, openIpvsDataplane } from "./open-ipvs-dataplane.ts";
export { parseScheduler, type Scheduler, schedulers } from "./schedulers.ts";
