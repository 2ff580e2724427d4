/** kube-proxy's configuration, and what Porthole makes of it. */
export { type ConntrackSettings, conntrackSysctls, type Sysctl } from "./conntrack-settings.ts";
export { parseGoDuration } from "./go-duration.ts";
export type { KubeProxyConfiguration } from "./kube-proxy-configuration.ts";
export { type ProxyMode, proxyModes } from "./proxy-mode.ts";
export { type ProxySettings, settingsOf } from "./proxy-settings.ts";
export {
  ConfigurationError,
  type ReadConfiguration,
  readConfiguration,
  readConfigurationText,
} from "./read-configuration.ts";
