/** `porthole lb export` */
import { type Command, Option } from "commander";
import type { LogLevel } from "../../lib/log.ts";
import type { ExportFormat } from "../../loadbalancer/export/index.ts";
import { UsageError } from "../failure.ts";
import { runComponent } from "../lifecycle.ts";
import { integerBetween, kubeconfigOption, logLevelOption } from "../options.ts";
import { proxyHealthPort } from "./lb-defaults.ts";

interface ExportOptions {
  readonly format: ExportFormat;
  readonly address: string;
  readonly proxyHealthPort: number;
  readonly watch?: string;
  readonly reload?: string;
  readonly kubeconfig?: string;
  readonly logLevel: LogLevel;
}

export function addLbExportCommand(lb: Command): void {
  lb.command("export")
    .summary("the configuration of a load balancer of your own")
    .description(
      "Print a whole configuration for HAProxy, nginx or Envoy that leads to all NodePorts of a cluster.",
    )
    .addOption(
      new Option("--format <program>", "for which program")
        .choices(["haproxy", "nginx", "envoy"])
        .makeOptionMandatory(),
    )
    .option("--address <ip>", "what it listens on, at the number of each NodePort", "0.0.0.0")
    .option(
      "--proxy-health-port <port>",
      "where the nodes' proxies serve /healthz, which is asked; 0: NodePorts are asked by TCP instead",
      integerBetween(0, 65_535),
      proxyHealthPort,
    )
    .option("--watch <file>", "write it to a file instead, and keep that current until interrupted")
    .option("--reload <command>", "run by the shell after each change of the file")
    .addOption(kubeconfigOption())
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      "\nExamples:\n  porthole lb export --format nginx > nginx.conf" +
        '\n  porthole lb export --format haproxy --watch /etc/haproxy/haproxy.cfg --reload "systemctl reload haproxy"',
    )
    .action((options: ExportOptions) => run(options));
}

async function run(options: ExportOptions): Promise<void> {
  const { format, address, proxyHealthPort, watch, reload, kubeconfig, logLevel } = options;
  if (reload !== undefined && watch === undefined)
    throw new UsageError("--reload belongs to --watch: say which file is to be kept current");
  const [{ connect }, { exportOnce, keepFileCurrent }] = await Promise.all([
    import("../connect.ts"),
    import("../../loadbalancer/export/index.ts"),
  ]);
  await runComponent("lb export", logLevel, async ({ log, signal }) => {
    const client = await connect(kubeconfig, "lb-export", log);
    const done = new AbortController();
    const source = {
      client,
      format,
      settings: { address, proxyHealthPort },
      log,
      signal: AbortSignal.any([signal, done.signal]),
    };
    if (watch !== undefined) await keepFileCurrent(source, watch, reload);
    else await print(await exportOnce(source));
    done.abort();
    await client.close();
  });
}

function print(text: string): Promise<unknown> {
  return new Promise((resolve) => process.stdout.write(text, resolve));
}
