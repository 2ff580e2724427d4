/** `porthole dashboard` */
import type { Command } from "commander";
import { aborted } from "../../lib/aborted.ts";
import { systemClock } from "../../lib/clock.ts";
import type { LogLevel } from "../../lib/log.ts";
import { runComponent } from "../lifecycle.ts";
import { collect, integerBetween, kubeconfigOption, logLevelOption } from "../options.ts";

interface DashboardCommandOptions {
  readonly port?: number;
  readonly metrics?: readonly string[];
  readonly nodeMetricsPort?: number;
  readonly kubeconfig?: string;
  readonly logLevel: LogLevel;
}

export function addDashboardCommand(program: Command): void {
  program
    .command("dashboard")
    .summary("a page that shows the way to every Service, live")
    .description(
      "Serve a page for the browser on 127.0.0.1: the way from outside over load balancer, nodes' ports and Services to the endpoints, drawn live; traces, the doctor's reports and what changes.\n" +
        "It reads with the kubeconfig's rights and changes nothing. Who has the printed address, with the token at its end, sees it; nobody else does.",
    )
    .option("--port <port>", "port of the page (default: 6480, or any free one)", integerBetween(1, 65_535))
    .option(
      "--metrics <url>",
      "where a load balancer of Porthole tells what it counts, for rates on the lines; may be given several times",
      collect,
    )
    .option(
      "--node-metrics-port <port>",
      "ask each node's proxy for its metrics at this port, for rates on the lines (--metrics-bind-address of porthole proxy)",
      integerBetween(1, 65_535),
    )
    .addOption(kubeconfigOption())
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      `
Examples:
  porthole dashboard --kubeconfig ./admin.kubeconfig
  porthole dashboard --node-metrics-port 10249 --metrics http://127.0.0.1:10261/metrics
  ssh -L 6480:127.0.0.1:6480 machine           and the printed address in a browser here`,
    )
    .action(run);
}

async function run({
  port,
  metrics = [],
  nodeMetricsPort,
  kubeconfig,
  logLevel,
}: DashboardCommandOptions): Promise<void> {
  const [{ createApiClient, loadKubeconfig }, { serveDashboard }, { portholeVersion }] = await Promise.all([
    import("../../client/index.ts"),
    import("../../dashboard/index.ts"),
    import("../version.ts"),
  ]);
  await runComponent("dashboard", logLevel, async ({ log, signal, ready }) => {
    const config = await loadKubeconfig(kubeconfig === undefined ? {} : { path: kubeconfig });
    const client = createApiClient(config, { userAgent: `porthole-dashboard/${portholeVersion()}`, log });
    const { server } = config;
    const { url } = await serveDashboard({
      client,
      server,
      ...(port !== undefined && { port }),
      rates: { urls: metrics, ...(nodeMetricsPort !== undefined && { nodePort: nodeMetricsPort }) },
      clock: systemClock,
      log,
      signal,
    });
    process.stdout.write(`${url}\n`);
    ready(url);
    await aborted(signal);
    await client.close();
  });
}
