/** `porthole proxy` */
import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { ApiClient } from "../../client/index.ts";
import type { Logger } from "../../lib/log.ts";
import { logLevels } from "../../lib/log.ts";
import { runComponent } from "../lifecycle.ts";
import { kubeconfigOption } from "../options.ts";
import { addKubeProxyFlags } from "./proxy-flags.ts";
import type { ProxyCommandOptions, ProxyPlan } from "./proxy-plan.ts";

export function addProxyCommand(program: Command): void {
  const command: Command = program
    .command("proxy")
    .summary("a node's proxy: it leads Service traffic to pods")
    .description(
      "Forward what arrives at a node's NodePorts, and at cluster, external and load-balancer addresses, to the Services' pods. " +
        "kube-proxy's flags and configuration file are understood.",
    )
    .option("--node-name <name>", "name of this machine's Node object; default: the host name")
    .option("--hostname-override <name>", "another name for --node-name")
    .addOption(
      new Option(
        "--mode <mode>",
        "how it forwards: nftables, iptables and ipvs by the kernel (root), userspace by sockets, without privileges, auto by the first of them that works; default: userspace, with --config nftables",
      ).choices(["nftables", "iptables", "ipvs", "userspace", "auto"]),
    )
    .option(
      "--config <file>",
      "a KubeProxyConfiguration (v1alpha1); the flags of kube-proxy below have no effect then",
    )
    .addOption(kubeconfigOption())
    .option("--master <url>", "address of the API server, instead of the kubeconfig's")
    .addOption(
      new Option("--log-level <level>", "what is logged to standard error (default: info)").choices(
        logLevels,
      ),
    )
    .option("--cleanup", "remove what Porthole's kernel modes left in the kernel, and exit")
    .option(
      "--cleanup-kube-proxy",
      "remove kube-proxy's nftables tables, iptables chains and virtual servers, and exit",
    );
  addKubeProxyFlags(command);
  command
    .addHelpText(
      "after",
      "\nExamples:\n  porthole proxy --kubeconfig ./kubeconfig --node-name worker-1 --mode nftables" +
        "\n  porthole proxy --config /var/lib/kube-proxy/config.conf --hostname-override worker-1",
    )
    .action((options: ProxyCommandOptions) =>
      options.cleanup || options.cleanupKubeProxy ? cleanUp(options) : run(options),
    );
}

async function run(options: ProxyCommandOptions): Promise<void> {
  const [{ planProxy }, { connect }, { runProxy }] = await Promise.all([
    import("./proxy-plan.ts"),
    import("../connect.ts"),
    import("../../proxy/index.ts"),
  ]);
  const plan = await planProxy(options);
  const { nodeName, settings, kubeconfig, configuration } = plan;
  await runComponent(`proxy on ${nodeName}`, plan.logLevel, async ({ log, signal, ready }) => {
    tellWhatHasNoEffect(plan, log);
    await adjustOomScore(settings.oomScoreAdj, log);
    const client: ApiClient = await connect(kubeconfig, "proxy", log, options.master);
    const {
      kubeconfig: _file,
      nodeName: _name,
      verbosity: _verbosity,
      oomScoreAdj: _score,
      ...rest
    } = settings;
    const onReady = () => ready(nodeName);
    const file = options.config === undefined ? {} : { configurationFile: options.config };
    await runProxy({ client, ...rest, ...file, nodeName, configuration, onReady, log, signal });
    await client.close();
  });
}

async function cleanUp({ cleanup, cleanupKubeProxy }: ProxyCommandOptions): Promise<void> {
  if (cleanup) {
    const { cleanupKernelModes } = await import("../../proxy/index.ts");
    for (const line of await cleanupKernelModes()) process.stdout.write(`${line}\n`);
  }
  if (cleanupKubeProxy) {
    const { cleanupKubeProxy: clean } = await import("../../dataplane/kube-proxy/index.ts");
    for (const line of await clean()) process.stdout.write(`${line}\n`);
  }
}

function tellWhatHasNoEffect({ ignored, overruled }: ProxyPlan, log: Logger): void {
  if (ignored.size > 0) {
    log.info("Parts of the configuration have no effect here", { because: Object.fromEntries(ignored) });
  }
  if (overruled.length > 0) {
    log.warn("Flags have no effect beside --config: write them into the file", { flags: overruled });
  }
}

/** Which process the kernel ends first when memory is short. */
async function adjustOomScore(score: number | undefined, log: Logger): Promise<void> {
  if (score === undefined) return;
  try {
    await writeFile("/proc/self/oom_score_adj", `${score}\n`);
  } catch (error) {
    log.warn("Cannot set oom_score_adj, going on without", { error: (error as Error).message });
  }
}
