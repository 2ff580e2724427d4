/** proxy: the per-node program. */
export type { ProxyMode } from "./open-dataplane.ts";
export { type ProxyOptions, runProxy } from "./run-proxy.ts";
