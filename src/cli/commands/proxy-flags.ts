/** kube-proxy's flags, and where each stands in a KubeProxyConfiguration. */
import { type Command, Option } from "commander";

interface Flag {
  readonly flags: string;
  readonly description: string;
  /** `conntrack.min` */
  readonly path: string;
  readonly type: "text" | "integer" | "number" | "boolean" | "list" | "gates";
  /** It works beside --config, too. */
  readonly besideConfig?: true;
}

/** Names and meanings are those of cmd/kube-proxy/app/options.go. */
const table: readonly Flag[] = [
  text("--proxy-mode <mode>", "mode", "another name for --mode"),
  text(
    "--bind-address <ip>",
    "bindAddress",
    "the node's primary address of its family, instead of the Node object's first",
  ),
  text(
    "--healthz-bind-address <host:port>",
    "healthzBindAddress",
    'address of /healthz and /livez; "" is none (default "0.0.0.0:10256")',
  ),
  text(
    "--metrics-bind-address <host:port>",
    "metricsBindAddress",
    'address of /metrics and /statusz; "" is none (default "127.0.0.1:10249")',
  ),
  flag(
    "boolean",
    "--bind-address-hard-fail [boolean]",
    "bindAddressHardFail",
    "end when one of these addresses cannot be had",
  ),
  flag(
    "list",
    "--nodeport-addresses <cidrs>",
    "nodePortAddresses",
    "addresses that NodePorts answer on: primary, all, localhost or CIDRs, separated by commas",
  ),
  text(
    "--detect-local-mode <mode>",
    "detectLocalMode",
    "how the node's pods are known: ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix",
  ),
  text("--cluster-cidr <cidr[,cidr]>", "clusterCIDR", "addresses of the cluster's pods, for ClusterCIDR"),
  text(
    "--pod-bridge-interface <name>",
    "detectLocal.bridgeInterface",
    "the pods' bridge, for BridgeInterface",
  ),
  text(
    "--pod-interface-name-prefix <prefix>",
    "detectLocal.interfaceNamePrefix",
    "what names of the pods' interfaces begin with, for InterfaceNamePrefix",
  ),
  flag(
    "boolean",
    "--masquerade-all [boolean]",
    "nftables.masqueradeAll",
    "masquerade what pods send to cluster addresses, too",
  ),
  flag(
    "integer",
    "--iptables-masquerade-bit <bit>",
    "nftables.masqueradeBit",
    "which bit of packets' marks is Porthole's, 0 to 31 (default 14)",
  ),
  flag(
    "boolean",
    "--iptables-localhost-nodeports [boolean]",
    "iptables.localhostNodePorts",
    "in iptables mode NodePorts answer on 127.0.0.1, too (default true)",
  ),
  text(
    "--ipvs-scheduler <name>",
    "ipvs.scheduler",
    "how ipvs mode chooses: rr, wrr, lc, wlc, sh, dh, mh, nq or sed (default rr)",
  ),
  text("--ipvs-sync-period <duration>", "ipvs.syncPeriod", "--iptables-sync-period of ipvs mode"),
  text("--ipvs-min-sync-period <duration>", "ipvs.minSyncPeriod", "--iptables-min-sync-period of ipvs mode"),
  text(
    "--iptables-sync-period <duration>",
    "nftables.syncPeriod",
    "how often the kernel's tables are looked after (default 1s)",
  ),
  text(
    "--iptables-min-sync-period <duration>",
    "nftables.minSyncPeriod",
    "how long two syncs are apart at least (default: changes are never kept waiting)",
  ),
  flag(
    "integer",
    "--conntrack-max-per-core <n>",
    "conntrack.maxPerCore",
    "connections to track for each CPU core; 0 leaves the limit (default 32768)",
  ),
  flag("integer", "--conntrack-min <n>", "conntrack.min", "connections to track at least (default 131072)"),
  text(
    "--conntrack-tcp-timeout-established <duration>",
    "conntrack.tcpEstablishedTimeout",
    "for idle TCP connections; 0 leaves it (default 24h)",
  ),
  text(
    "--conntrack-tcp-timeout-close-wait <duration>",
    "conntrack.tcpCloseWaitTimeout",
    "for half-closed TCP connections (default 1h)",
  ),
  flag(
    "boolean",
    "--conntrack-tcp-be-liberal [boolean]",
    "conntrack.tcpBeLiberal",
    "track TCP packets outside the window, too",
  ),
  text("--conntrack-udp-timeout <duration>", "conntrack.udpTimeout", "for UDP flows without an answer"),
  text(
    "--conntrack-udp-timeout-stream <duration>",
    "conntrack.udpStreamTimeout",
    "for UDP flows with answers",
  ),
  flag("integer", "--oom-score-adj <n>", "oomScoreAdj", "of this process, -1000 to 1000"),
  {
    ...flag("integer", "-v, --v <level>", "logging.verbosity", "from 4 on every sync is logged"),
    besideConfig: true,
  },
  hidden("gates", "--feature-gates <gates>", "featureGates"),
  hidden("text", "--kube-api-content-type <type>", "clientConnection.contentType"),
  hidden("integer", "--kube-api-burst <n>", "clientConnection.burst"),
  hidden("number", "--kube-api-qps <n>", "clientConnection.qps"),
  hidden("boolean", "--profiling [boolean]", "enableProfiling"),
  hidden("text", "--show-hidden-metrics-for-version <version>", "showHiddenMetricsForVersion"),
  hidden("list", "--ipvs-exclude-cidrs <cidrs>", "ipvs.excludeCIDRs"),
  hidden("boolean", "--ipvs-strict-arp [boolean]", "ipvs.strictARP"),
  hidden("text", "--ipvs-tcp-timeout <duration>", "ipvs.tcpTimeout"),
  hidden("text", "--ipvs-tcpfin-timeout <duration>", "ipvs.tcpFinTimeout"),
  hidden("text", "--ipvs-udp-timeout <duration>", "ipvs.udpTimeout"),
  hidden("text", "--config-sync-period <duration>", "configSyncPeriod"),
  { ...hidden("text", "--vmodule <levels>", "logging.vmodule"), besideConfig: true },
  { ...hidden("text", "--logging-format <format>", "logging.format"), besideConfig: true },
  { ...hidden("text", "--log-flush-frequency <duration>", "logging.flushFrequency"), besideConfig: true },
];

/** Those that have an effect are in the help; the others are taken, and said to have none. */
export function addKubeProxyFlags(command: Command): void {
  for (const { flags, description } of table) {
    const option = new Option(flags, description);
    command.addOption(description === "" ? option.hideHelp() : option);
  }
}

export interface FlagReading {
  /** A KubeProxyConfiguration, not checked yet. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Flags that were given and have no effect beside --config, as with kube-proxy. */
  readonly overruled: readonly string[];
}

/** Reads what was given, by commander's names for it (`proxyMode`). */
export function readKubeProxyFlags(
  given: Readonly<Record<string, unknown>>,
  besideConfig: boolean,
): FlagReading {
  const document: Record<string, unknown> = {};
  const overruled: string[] = [];
  for (const { flags, path, type, besideConfig: worksBeside } of table) {
    const option = new Option(flags);
    const value = given[option.attributeName()];
    if (value === undefined) continue;
    if (besideConfig && !worksBeside) overruled.push(`--${option.name()}`);
    else for (const place of [path, ...alsoAt(path)]) put(document, place, convert(type, value));
  }
  return { document, overruled };
}

/** kube-proxy has one flag for what its configuration says for each mode. */
function alsoAt(path: string): readonly string[] {
  const [section, name] = path.split(".");
  return section === "nftables" ? [`iptables.${name}`] : [];
}

/** A text that is none of the type stays a text: the field's own check says what it must be. */
function convert(type: Flag["type"], value: unknown): unknown {
  if (typeof value !== "string") return value;
  switch (type) {
    case "integer":
    case "number":
      return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    case "boolean":
      return value === "true" ? true : value === "false" ? false : value;
    case "list":
      return value.split(",").map((item) => item.trim());
    case "gates":
      return Object.fromEntries(value.split(",").map((gate) => gate.split("=", 2)));
    default:
      return value;
  }
}

function put(document: Record<string, unknown>, path: string, value: unknown): void {
  const [name = "", ...rest] = path.split(".");
  if (rest.length === 0) {
    document[name] = value;
    return;
  }
  const inner = (document[name] ?? {}) as Record<string, unknown>;
  document[name] = inner;
  put(inner, rest.join("."), value);
}

function flag(type: Flag["type"], flags: string, path: string, description: string): Flag {
  return { flags, path, type, description };
}

function text(flags: string, path: string, description: string): Flag {
  return flag("text", flags, path, description);
}

function hidden(type: Flag["type"], flags: string, path: string): Flag {
  return flag(type, flags, path, "");
}
