/** proxy: the per-node program. Its configuration is in config/, which only the command line reads. */
export type { ProxyMode } from "./config/index.ts";
export { cleanupKernelModes } from "./kernel-modes.ts";
export type { ProxyOptions } from "./proxy-options.ts";
export { runProxy } from "./run-proxy.ts";
export {
  aboutToBeDeleted,
  excludedFromBalancers,
  isEligibleForTraffic,
  statedAddresses,
  type ViewSettings,
  viewOfNode,
} from "./view-of-node.ts";
