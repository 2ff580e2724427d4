/** `porthole lb` */
import { hostname } from "node:os";
import { type Command, Option } from "commander";
import type { Logger, LogLevel } from "../../lib/log.ts";
import type { AddressPool, BalancerMode, FrontendSource, SharingSettings } from "../../loadbalancer/index.ts";
import { UsageError } from "../failure.ts";
import { runComponent } from "../lifecycle.ts";
import { collect, integerBetween, kubeconfigOption, logLevelOption } from "../options.ts";
import { lbStatusAddress, loadBalancerClass, proxyHealthPort } from "./lb-defaults.ts";
import { addLbExportCommand } from "./lb-export.ts";
import { addLbStatusCommand } from "./lb-status.ts";

interface LbCommandOptions {
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly addressPool?: readonly string[];
  readonly manualAddressPool?: readonly string[];
  readonly loadBalancerClass: string;
  readonly defaultClass: boolean;
  readonly proxyHealthPort: number;
  readonly checkInterval: number;
  readonly checkTimeout: number;
  readonly rise: number;
  readonly fall: number;
  readonly drain: number;
  readonly slowStart: number;
  readonly grace: number;
  readonly statusAddress: string;
  readonly mode: BalancerMode;
  readonly sourceAddress: "masquerade" | "keep";
  readonly name?: string;
  readonly vrrpInterface?: string;
  readonly vrrpRouterId: number;
  readonly vrrpRouters: number;
  readonly vrrpPriority?: number;
  readonly vrrpInterval?: number;
  readonly logLevel: LogLevel;
}

export function addLbCommand(program: Command): void {
  const command = program
    .command("lb")
    .summary("a load balancer in front of the nodes")
    .description(
      "Lead clients to the nodes' NodePorts: health checks, failover, an address of its own and any port.\n" +
        "It serves Services of type LoadBalancer, and NodePort Services with the annotation porthole.dev/load-balancer-address, of any cluster.\n" +
        "With --config it needs no cluster: a YAML file names nodes and ports, and is read again when it changes.",
    )
    .option("--config <file>", "frontends and nodes as YAML; see docs/load-balancer.md")
    .addOption(kubeconfigOption())
    .option(
      "--address-pool <name=range,...>",
      "addresses for Services: CIDRs, ranges FIRST-LAST and single ones; may be given several times",
      collect,
    )
    .option(
      "--manual-address-pool <name=range,...>",
      "addresses that only Services get that ask for one of them, or for the pool",
      collect,
    )
    .option("--load-balancer-class <name>", "serve Services of this class", loadBalancerClass)
    .option("--no-default-class", "leave Services that name no class to others")
    .option(
      "--proxy-health-port <port>",
      "where the nodes' proxies serve /healthz; 0: NodePorts are asked by TCP instead",
      integerBetween(0, 65_535),
      proxyHealthPort,
    )
    .option(
      "--check-interval <ms>",
      "from one health check of a node to the next",
      integerBetween(20, 3_600_000),
      300,
    )
    .option("--check-timeout <ms>", "how long a node may take to answer one", integerBetween(10, 60_000), 250)
    .option("--rise <count>", "passes in a row that bring a node back", integerBetween(1, 100), 2)
    .option("--fall <count>", "failures in a row that take a node out", integerBetween(1, 100), 2)
    .option(
      "--drain <seconds>",
      "how long connections to a node that left go on",
      integerBetween(0, 86_400),
      30,
    )
    .option(
      "--slow-start <seconds>",
      "how long a node that came takes to get its whole share of new connections",
      integerBetween(0, 86_400),
      10,
    )
    .option(
      "--grace <seconds>",
      "how long connections go on when the balancer ends; then each is ended behind an answer",
      integerBetween(0, 86_400),
      5,
    )
    .option(
      "--status-address <address:port>",
      'where /healthz, /metrics and /status are served; "": nowhere',
      lbStatusAddress,
    )
    .addOption(
      new Option("--mode <mode>", "who forwards: sockets, which need no rights, or the kernel")
        .choices(["userspace", "nftables"])
        .default("userspace"),
    )
    .addOption(
      new Option(
        "--source-address <what>",
        "mode nftables: what nodes see as the client; keep: its own address, where answers come back through this machine",
      )
        .choices(["masquerade", "keep"])
        .default("masquerade"),
    )
    .option(
      "--name <name>",
      "what this balancer is called; no other one has the name (default: the machine's)",
    )
    .option(
      "--vrrp-interface <name>",
      "share the frontends' addresses with other balancers on this link (VRRPv3): each is at one of them",
    )
    .option(
      "--vrrp-router-id <number>",
      "virtual routers are numbered from here; the same on all balancers, and nobody else's on the link",
      integerBetween(1, 255),
      1,
    )
    .option(
      "--vrrp-routers <count>",
      "so many groups of addresses move independently; the same on all balancers; 1: all addresses are at one of them",
      integerBetween(1, 255),
      16,
    )
    .option(
      "--vrrp-priority <number>",
      "the highest has the addresses (default: each balancer has about as many)",
      integerBetween(1, 254),
    )
    .option(
      "--vrrp-interval <ms>",
      "between two advertisements, a multiple of 10; a balancer that dies is missed after three (default: 200)",
      integerBetween(10, 40_950),
    )
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      "\nExamples:\n  porthole lb --kubeconfig ./kubeconfig --address-pool public=192.0.2.10-192.0.2.20\n  porthole lb --config lb.yaml\n  porthole lb --config lb.yaml --vrrp-interface eth0     the same on a second machine\n  porthole lb status",
    )
    .action((options: LbCommandOptions) => run(options));
  addLbStatusCommand(command, lbStatusAddress);
  addLbExportCommand(command);
}

async function run(options: LbCommandOptions): Promise<void> {
  const { checkInterval, checkTimeout, rise, fall, drain, slowStart, grace, statusAddress } = options;
  const { vrrpInterface, mode, sourceAddress } = options;
  requireSource(options);
  if (sourceAddress === "keep" && mode === "userspace") {
    throw new UsageError(
      "Sockets have an address of this machine: --source-address keep needs --mode nftables; in mode userspace the PROXY protocol tells backends the client's address",
    );
  }
  const { runLoadBalancer } = await import("../../loadbalancer/index.ts");
  await runComponent("lb", options.logLevel, async ({ log, signal, ready }) => {
    await runLoadBalancer({
      source: await openSource(options, log),
      name: options.name ?? hostname(),
      health: { intervalMs: checkInterval, timeoutMs: checkTimeout, rise, fall },
      drainMs: drain * 1000,
      slowStartMs: slowStart * 1000,
      graceMs: grace * 1000,
      statusAddress,
      mode,
      keepsSource: sourceAddress === "keep",
      ...(vrrpInterface !== undefined && { sharing: sharingOf(options, vrrpInterface) }),
      log,
      signal,
      onReady: () => ready("lb"),
    });
  });
}

function sharingOf(
  {
    vrrpRouterId: firstRouterId,
    vrrpRouters: routers,
    vrrpPriority: priority,
    vrrpInterval,
  }: LbCommandOptions,
  link: string,
): SharingSettings {
  if (firstRouterId + routers - 1 > 255) {
    throw new UsageError(
      `There are no ${routers} virtual routers from ${firstRouterId} on, since their numbers end at 255: use a lower --vrrp-router-id or fewer --vrrp-routers`,
    );
  }
  if (vrrpInterval !== undefined && vrrpInterval % 10 !== 0) {
    throw new UsageError(`--vrrp-interval ${vrrpInterval} is no multiple of 10`);
  }
  return {
    interface: link,
    firstRouterId,
    routers,
    ...(priority !== undefined && { priority }),
    ...(vrrpInterval !== undefined && { advertIntervalMs: vrrpInterval }),
  };
}

function requireSource({ config, addressPool, manualAddressPool }: LbCommandOptions): void {
  const pools = addressPool ?? manualAddressPool;
  if (config === undefined && pools === undefined)
    throw new UsageError(
      "Say which addresses Services may get, --address-pool public=192.0.2.10-192.0.2.20, or name a file with frontends: --config lb.yaml",
    );
  if (config !== undefined && pools !== undefined)
    throw new UsageError("--config is for where there is no cluster: leave it or the address pools out");
}

async function openSource(options: LbCommandOptions, log: Logger): Promise<FrontendSource> {
  const { openConfigSource, openKubernetesSource } = await import("../../loadbalancer/index.ts");
  if (options.config !== undefined) return openConfigSource(options.config, log);
  const pools = await readPools(options);
  const { connect } = await import("../connect.ts");
  return openKubernetesSource({
    client: await connect(options.kubeconfig, "lb", log),
    identity: `${options.name ?? hostname()}_${process.pid}`,
    pools,
    className: options.loadBalancerClass,
    isDefault: options.defaultClass,
    proxyHealthPort: options.proxyHealthPort,
    log,
  });
}

async function readPools({
  addressPool = [],
  manualAddressPool = [],
}: LbCommandOptions): Promise<readonly AddressPool[]> {
  const { parseAddressPool } = await import("../../loadbalancer/index.ts");
  try {
    return [
      ...addressPool.map((text) => parseAddressPool(text, true)),
      ...manualAddressPool.map((text) => parseAddressPool(text, false)),
    ];
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
