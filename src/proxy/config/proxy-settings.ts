/** ProxySettings: what a configuration comes to, with kube-proxy's defaults. */

import { isScheduler, type Scheduler } from "../../dataplane/ipvs/schedulers.ts";
import type { PodDetection } from "../pod-detection.ts";
import type { ConntrackSettings } from "./conntrack-settings.ts";
import type { KubeProxyConfiguration } from "./kube-proxy-configuration.ts";
import type { ProxyMode } from "./proxy-mode.ts";
import { ConfigurationError } from "./read-configuration.ts";

export interface ProxySettings {
  readonly mode: ProxyMode;
  /** Absent: the machine's host name. Lower case, as Kubernetes' names are. */
  readonly nodeName?: string;
  readonly kubeconfig?: string;
  readonly bindAddress?: string;
  /** `ADDRESS:PORT`; "" is no server. */
  readonly healthzBindAddress: string;
  readonly metricsBindAddress: string;
  /** A server that cannot listen ends the proxy. */
  readonly bindAddressHardFail: boolean;
  /** CIDRs and keywords; empty: `primary`. */
  readonly nodePortAddresses: readonly string[];
  readonly podDetection: PodDetection;
  readonly masqueradeAll: boolean;
  readonly masqueradeBit: number;
  /** How long two syncs are apart at least; 0 where the configuration states kube-proxy's default or nothing. */
  readonly minSyncPeriodMs: number;
  /** How often the kernel's tables are looked after; a second where the configuration states kube-proxy's default or nothing. */
  readonly syncPeriodMs: number;
  /** In ipvs mode, where the configuration states one. */
  readonly ipvsScheduler?: Scheduler;
  readonly conntrack: ConntrackSettings;
  readonly oomScoreAdj?: number;
  /** From 4 on every sync and request is logged. */
  readonly verbosity: number;
}

const healthzPort = 10_256;
const metricsPort = 10_249;
const defaultMasqueradeBit = 14;
/** kube-proxy's default. Its look costs a listing of all that there is; Porthole asks the kernel whether anybody changed a ruleset. */
const defaultSyncPeriodMs = 30_000;
const ownSyncPeriodMs = 1_000;
/** kube-proxy's default, with which it spares the CPU that a sync costs it. A sync of Porthole's costs what changed, so it does not wait. */
const defaultMinSyncPeriodMs = 1_000;

/** Throws ConfigurationError where two fields contradict each other. */
export function settingsOf(configuration: KubeProxyConfiguration): ProxySettings {
  const { bindAddress = "", oomScoreAdj } = configuration;
  const mode = (configuration.mode || "nftables") as ProxyMode;
  const section = mode === "iptables" || mode === "ipvs" ? mode : "nftables";
  // kube-proxy's ipvs mode masquerades by iptables rules.
  const masquerading = configuration[section === "ipvs" ? "iptables" : section] ?? {};
  const kernel = configuration[section] ?? {};
  const scheduler = configuration.ipvs?.scheduler;
  const ipv6 = bindAddress.includes(":");
  const minSyncPeriodMs = kernel.minSyncPeriod ?? 0;
  const syncPeriodMs = kernel.syncPeriod || defaultSyncPeriodMs;
  if (minSyncPeriodMs > syncPeriodMs) {
    throw new ConfigurationError([`${section}.syncPeriod must not be shorter than ${section}.minSyncPeriod`]);
  }
  const nodeName = configuration.hostnameOverride?.trim().toLowerCase();
  const kubeconfig = configuration.clientConnection?.kubeconfig;
  return {
    mode,
    ...(nodeName && { nodeName }),
    ...(kubeconfig && { kubeconfig }),
    ...(bindAddress && { bindAddress }),
    healthzBindAddress: withPort(
      configuration.healthzBindAddress || (ipv6 ? "[::]" : "0.0.0.0"),
      healthzPort,
    ),
    metricsBindAddress: withPort(
      configuration.metricsBindAddress || (ipv6 ? "[::1]" : "127.0.0.1"),
      metricsPort,
    ),
    bindAddressHardFail: configuration.bindAddressHardFail ?? false,
    nodePortAddresses: nodePortAddressesOf(mode, configuration),
    podDetection: podDetectionOf(configuration),
    masqueradeAll: masquerading.masqueradeAll ?? false,
    masqueradeBit: masquerading.masqueradeBit ?? defaultMasqueradeBit,
    minSyncPeriodMs: minSyncPeriodMs === defaultMinSyncPeriodMs ? 0 : minSyncPeriodMs,
    syncPeriodMs: syncPeriodMs === defaultSyncPeriodMs ? ownSyncPeriodMs : syncPeriodMs,
    ...(mode === "ipvs" && scheduler && isScheduler(scheduler) && { ipvsScheduler: scheduler }),
    conntrack: configuration.conntrack ?? {},
    ...(oomScoreAdj !== undefined && { oomScoreAdj }),
    verbosity: configuration.logging?.verbosity ?? 0,
  };
}

/** In iptables and ipvs mode kube-proxy's default is every address of the node; in the former localhost over IPv4, too. */
function nodePortAddressesOf(
  mode: ProxyMode,
  { nodePortAddresses = [], iptables: { localhostNodePorts = true } = {} }: KubeProxyConfiguration,
): readonly string[] {
  if (mode !== "iptables" && mode !== "ipvs") return nodePortAddresses;
  const chosen = nodePortAddresses.length > 0 ? nodePortAddresses : ["all"];
  if (mode === "ipvs") return chosen;
  const isAll = chosen.includes("all") || chosen.includes("0.0.0.0/0");
  return localhostNodePorts && isAll ? [...chosen, "127.0.0.0/8"] : chosen;
}

/**
 * kube-proxy's default is ClusterCIDR, and without a CIDR it knows no pods; here those of the Node object are asked then.
 */
function podDetectionOf({
  detectLocalMode,
  detectLocal = {},
  clusterCIDR,
}: KubeProxyConfiguration): PodDetection {
  const cidrs = (clusterCIDR ?? "").split(",").filter((cidr) => cidr !== "");
  switch (detectLocalMode || "ClusterCIDR") {
    case "BridgeInterface":
      return interfaceNamed("bridge", "detectLocal.bridgeInterface", detectLocal.bridgeInterface);
    case "InterfaceNamePrefix":
      return interfaceNamed("prefix", "detectLocal.interfaceNamePrefix", detectLocal.interfaceNamePrefix);
    case "ClusterCIDR":
      return cidrs.length > 0 ? { kind: "cluster-cidr", cidrs } : { kind: "node-cidr" };
    default:
      return { kind: "node-cidr" };
  }
}

function interfaceNamed(match: "bridge" | "prefix", field: string, name: string | undefined): PodDetection {
  if (!name) throw new ConfigurationError([`${field} must be set with this detectLocalMode`]);
  return { kind: "interface", match, name };
}

/** An address alone gets the usual port, as with kube-proxy; IPv6 ones with or without brackets. */
function withPort(text: string, port: number): string {
  if (/^(?:[^:[\]]+|\[[^\]]*\]):\d+$/.test(text)) return text;
  const host = text.replace(/^\[|\]$/g, "");
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
