/** `porthole proxy` */
import { hostname } from "node:os";
import { type Command, Option } from "commander";
import type { LogLevel } from "../../lib/log.ts";
import { runComponent } from "../lifecycle.ts";
import { kubeconfigOption, logLevelOption } from "../options.ts";

interface ProxyCommandOptions {
  readonly nodeName: string;
  readonly mode: "userspace";
  readonly kubeconfig?: string;
  readonly nodeportAddresses?: string;
  readonly healthzBindAddress: string;
  readonly logLevel: LogLevel;
}

export function addProxyCommand(program: Command): void {
  program
    .command("proxy")
    .summary("a node's proxy: it leads Service traffic to pods")
    .description(
      "Forward what arrives at a node's NodePorts, and at cluster, external and load-balancer addresses, to the Services' pods.",
    )
    .option("--node-name <name>", "name of this machine's Node object", hostname())
    .addOption(new Option("--mode <mode>", "how it forwards").choices(["userspace"]).default("userspace"))
    .option(
      "--nodeport-addresses <cidrs>",
      "addresses that NodePorts answer on: `primary`, or CIDRs separated by commas",
    )
    .option("--healthz-bind-address <host:port>", "address of /healthz and /livez", "127.0.0.1:10256")
    .addOption(kubeconfigOption())
    .addOption(logLevelOption())
    .addHelpText(
      "after",
      "\nExample:\n  porthole proxy --kubeconfig ./kubeconfig --node-name worker-1 --nodeport-addresses 192.0.2.0/24",
    )
    .action(async (options: ProxyCommandOptions) => {
      const [{ connect }, { runProxy }] = await Promise.all([
        import("../connect.ts"),
        import("../../proxy/index.ts"),
      ]);
      await runComponent(`proxy on ${options.nodeName}`, options.logLevel, async ({ log, signal, ready }) => {
        const client = await connect(options.kubeconfig, "proxy", log);
        await runProxy({
          client,
          nodeName: options.nodeName,
          mode: options.mode,
          ...(options.nodeportAddresses === undefined
            ? {}
            : { nodePortAddresses: options.nodeportAddresses }),
          healthzBindAddress: options.healthzBindAddress,
          onReady: () => ready(options.nodeName),
          log,
          signal,
        });
        await client.close();
      });
    });
}
