/** `porthole lb` */
import { hostname } from "node:os";
import type { Command } from "commander";
import type { LogLevel } from "../../lib/log.ts";
import { UsageError } from "../failure.ts";
import { runComponent } from "../lifecycle.ts";
import { integerBetween, logLevelOption } from "../options.ts";
import { addLbStatusCommand } from "./lb-status.ts";

export const defaultStatusAddress = "127.0.0.1:10261";

interface LbCommandOptions {
  readonly config?: string;
  readonly checkInterval: number;
  readonly checkTimeout: number;
  readonly rise: number;
  readonly fall: number;
  readonly drain: number;
  readonly grace: number;
  readonly statusAddress: string;
  readonly logLevel: LogLevel;
}

export function addLbCommand(program: Command): void {
  const command = program
    .command("lb")
    .summary("a load balancer in front of the nodes")
    .description(
      "Lead clients to the nodes' NodePorts: health checks, failover, an address of its own and any port.\n" +
        "With --config it needs no cluster: a YAML file names nodes and ports, and is read again when it changes.",
    )
    .option("--config <file>", "frontends and nodes as YAML; see docs/load-balancer.md")
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
      "--grace <seconds>",
      "how long connections go on when the balancer ends",
      integerBetween(0, 86_400),
      5,
    )
    .option(
      "--status-address <address:port>",
      'where /healthz, /metrics and /status are served; "": nowhere',
      defaultStatusAddress,
    )
    .addOption(logLevelOption())
    .addHelpText("after", "\nExamples:\n  porthole lb --config lb.yaml\n  porthole lb status")
    .action((options: LbCommandOptions) => run(options));
  addLbStatusCommand(command, defaultStatusAddress);
}

async function run(options: LbCommandOptions): Promise<void> {
  const { config, checkInterval, checkTimeout, rise, fall, drain, grace, statusAddress } = options;
  if (config === undefined) throw new UsageError("Name the file with the frontends: --config lb.yaml");
  const { openConfigSource, runLoadBalancer } = await import("../../loadbalancer/index.ts");
  await runComponent("lb", options.logLevel, async ({ log, signal, ready }) => {
    await runLoadBalancer({
      source: openConfigSource(config, log),
      name: hostname(),
      health: { intervalMs: checkInterval, timeoutMs: checkTimeout, rise, fall },
      drainMs: drain * 1000,
      graceMs: grace * 1000,
      statusAddress,
      log,
      signal,
      onReady: () => ready("lb"),
    });
  });
}
