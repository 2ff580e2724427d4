/** proxy: the per-node program. */
export {
  ConfigurationError,
  type ProxyMode,
  type ProxySettings,
  proxyModes,
  type ReadConfiguration,
  readConfiguration,
  readConfigurationText,
  settingsOf,
} from "./config/index.ts";
export type { ProxyOptions } from "./proxy-options.ts";
export { runProxy } from "./run-proxy.ts";
