/** `porthole top` */
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { joinHostPort } from "../../forwarding/index.ts";
import type { Traffic } from "../../inspect/index.ts";
import { silentLogger } from "../../lib/log.ts";
import { readUrl } from "../../lib/read-url.ts";
import { integerBetween, kubeconfigOption } from "../options.ts";
import { proxyMetricsPort } from "./lb-defaults.ts";

interface TopCommandOptions {
  readonly nodeMetricsPort: number;
  readonly interval: number;
  readonly once?: boolean;
  readonly kubeconfig?: string;
}

interface NodePlace {
  readonly name: string;
  readonly address: string;
}

const timeoutMs = 1_500;
/** Back to the first line, and away with what was there. */
const clearScreen = "\x1b[H\x1b[J";

export function addTopCommand(program: Command): void {
  program
    .command("top")
    .summary("what goes through the NodePorts now")
    .description(
      "Show the NodePorts with the most new connections, from what Porthole's proxies count; until interrupted. Each node's proxy is asked for its metrics.",
    )
    .option(
      "--node-metrics-port <port>",
      "where the nodes' proxies serve /metrics, at the node's address (--metrics-bind-address of porthole proxy)",
      integerBetween(1, 65_535),
      proxyMetricsPort,
    )
    .option("--interval <seconds>", "between two looks", integerBetween(1, 3600), 2)
    .option("--once", "print one table, after one interval, and end")
    .addOption(kubeconfigOption())
    .action((options: TopCommandOptions) => run(options));
}

async function run({ nodeMetricsPort, interval, once, kubeconfig }: TopCommandOptions): Promise<void> {
  const [{ connect }, inspect] = await Promise.all([
    import("../connect.ts"),
    import("../../inspect/index.ts"),
  ]);
  const client = await connect(kubeconfig, "top", silentLogger);
  const rates = new inspect.TrafficRates();
  for (let look = 1; ; look++) {
    const nodes = await inspect.readNodePlaces(client);
    const said = new Map<string, readonly Traffic[]>();
    await Promise.all(
      nodes.map(async ({ name, address }: NodePlace) => {
        const url = `http://${joinHostPort(address, nodeMetricsPort)}/metrics`;
        const text = await readUrl(url, { timeoutMs }).catch(() => undefined);
        if (text !== undefined) said.set(name, inspect.readTraffic(text));
      }),
    );
    const { rows = 25, columns = 120, isTTY } = process.stdout;
    const next = rates.next(said, performance.now());
    // Rates need two looks.
    if (look > 1) {
      const view = { rates: next, answered: said.size, nodes: nodes.length };
      const table = inspect.formatTop({
        ...view,
        rows: isTTY ? rows : Number.POSITIVE_INFINITY,
        columns: isTTY ? columns : Number.POSITIVE_INFINITY,
      });
      process.stdout.write(isTTY && !once ? clearScreen + table : table);
      if (once) break;
    }
    await delay(interval * 1000);
  }
  await client.close();
}
