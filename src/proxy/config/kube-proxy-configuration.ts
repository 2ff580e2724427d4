/** KubeProxyConfiguration: kube-proxy's configuration file (kubeproxy.config.k8s.io/v1alpha1), field by field. */
import { isScheduler, schedulers } from "../../dataplane/ipvs/schedulers.ts";
import { familyOf, isCidr } from "../../forwarding/index.ts";
import { checkNodePortAddress } from "../node-port-addresses.ts";
import {
  anything,
  boolean,
  duration,
  type Field,
  ignored,
  integer,
  list,
  number,
  object,
  type ReadBy,
  record,
  text,
} from "./field.ts";
import { proxyModes } from "./proxy-mode.ts";

export const detectLocalModes = [
  "ClusterCIDR",
  "NodeCIDR",
  "BridgeInterface",
  "InterfaceNamePrefix",
] as const;

const masqueradeBit = integer(0, 31);

const windows = "it is for Windows";

/** Linux: IFNAMSIZ, with its terminating zero. */
const longestInterfaceName = 15;

const interfaceName = text((name) =>
  name.length > longestInterfaceName || /[\s/]/.test(name)
    ? `must be the name of an interface, at most ${longestInterfaceName} characters`
    : undefined,
);

/** Names, types and bounds are those of staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go and pkg/proxy/apis/config/validation. */
export const kubeProxyConfiguration = object({
  apiVersion: text((value) =>
    value === "kubeproxy.config.k8s.io/v1alpha1" ? undefined : 'must be "kubeproxy.config.k8s.io/v1alpha1"',
  ),
  kind: text((value) =>
    value === "KubeProxyConfiguration" ? undefined : 'must be "KubeProxyConfiguration"',
  ),
  featureGates: ignored("Porthole has no feature gates", record()),
  clientConnection: object({
    kubeconfig: text(),
    acceptContentTypes: ignored("Porthole speaks JSON with the API server", text()),
    contentType: ignored("Porthole speaks JSON with the API server", text()),
    qps: ignored("a proxy sends few requests, and no more than it needs", number()),
    burst: ignored("a proxy sends few requests, and no more than it needs", integer(0)),
  }),
  logging: object({
    verbosity: integer(0),
    format: ignored("logs are lines of JSON", text()),
    flushFrequency: ignored("every line is written at once", anything()),
    vmodule: ignored("logs have one level", anything()),
    options: ignored("logs are lines of JSON on standard error", record()),
  }),
  hostnameOverride: text(),
  bindAddress: text((value) =>
    value === "" || familyOf(value) !== undefined ? undefined : "must be an IP address",
  ),
  healthzBindAddress: text(),
  metricsBindAddress: text(),
  bindAddressHardFail: boolean(),
  enableProfiling: ignored("profiles are taken with Node's own tools (node --cpu-prof)", boolean()),
  showHiddenMetricsForVersion: ignored("Porthole hides no metrics", text()),
  mode: text(checkMode),
  iptables: object({
    masqueradeBit,
    masqueradeAll: boolean(),
    localhostNodePorts: boolean(),
    snatNodeInternalIP: ignored("the kernel chooses the node's address for the way out", boolean()),
    syncPeriod: duration(),
    minSyncPeriod: duration(),
  }),
  ipvs: object({
    syncPeriod: duration(),
    minSyncPeriod: duration(),
    scheduler: text((name) =>
      name === "" || isScheduler(name) ? undefined : `must be one of ${schedulers.join(", ")}`,
    ),
    excludeCIDRs: ignored("virtual servers that are not Porthole's are never touched", list(checkCidr)),
    strictARP: ignored("a Service's address is no interface's", boolean()),
    tcpTimeout: ignored("IPVS keeps the kernel's time-outs", duration()),
    tcpFinTimeout: ignored("IPVS keeps the kernel's time-outs", duration()),
    udpTimeout: ignored("IPVS keeps the kernel's time-outs", duration()),
  }),
  nftables: object({
    masqueradeBit,
    masqueradeAll: boolean(),
    syncPeriod: duration(),
    minSyncPeriod: duration(),
  }),
  winkernel: ignored(windows, record()),
  detectLocalMode: text((value) =>
    value === "" || (detectLocalModes as readonly string[]).includes(value)
      ? undefined
      : `must be one of ${detectLocalModes.join(", ")}`,
  ),
  detectLocal: object({ bridgeInterface: interfaceName, interfaceNamePrefix: interfaceName }),
  clusterCIDR: text(checkClusterCidrs),
  nodePortAddresses: list(checkNodePortAddress),
  oomScoreAdj: integer(-1000, 1000),
  conntrack: object({
    maxPerCore: integer(0),
    min: integer(0),
    tcpEstablishedTimeout: duration(),
    tcpCloseWaitTimeout: duration(),
    tcpBeLiberal: boolean(),
    udpTimeout: duration(),
    udpStreamTimeout: duration(),
  }),
  configSyncPeriod: ignored("watches keep the objects current, and are checked for silence", duration()),
  portRange: ignored("it has had no effect since kube-proxy lost its userspace mode", text()),
  windowsRunAsService: ignored(windows, boolean()),
} satisfies Readonly<Record<string, Field<unknown>>>);

/** Times are milliseconds. What the file says, without defaults. */
export type KubeProxyConfiguration = ReadBy<typeof kubeProxyConfiguration>;

function checkMode(mode: string): string | undefined {
  if (mode === "" || (proxyModes as readonly string[]).includes(mode)) return undefined;
  return `must be one of ${proxyModes.join(", ")}`;
}

function checkCidr(value: string): string | undefined {
  return isCidr(value) ? undefined : "must hold CIDRs such as 10.0.0.0/8 or fd00::/8";
}

/** One CIDR, or one of each family. */
function checkClusterCidrs(value: string): string | undefined {
  const cidrs = value.split(",").filter((cidr) => cidr !== "");
  const families = cidrs.map((cidr) => (isCidr(cidr) ? familyOf(cidr.split("/")[0] ?? "") : undefined));
  const isFine = !families.includes(undefined) && new Set(families).size === cidrs.length;
  return isFine ? undefined : "must be one CIDR, or one of each family, such as 10.244.0.0/16,fd00:10::/56";
}
