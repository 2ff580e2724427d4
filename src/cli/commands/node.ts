/** `porthole node` */
import { type Command, Option } from "commander";
import type { ApiClient } from "../../client/index.ts";
import type { NodeOptions } from "../../cluster/index.ts";
import type { Logger, LogLevel } from "../../lib/log.ts";
import type { ProxyMode } from "../../proxy/index.ts";
import { UsageError } from "../failure.ts";
import { runComponent } from "../lifecycle.ts";
import { kubeconfigOption, logLevelOption, separated } from "../options.ts";
import { portholeVersion } from "../version.ts";
import { proxyMetricsPort } from "./lb-defaults.ts";

/** Port of kube-proxy's /healthz. */
const healthzPort = 10_256;

interface NodeCommandOptions {
  readonly name: string;
  readonly address: readonly string[];
  readonly podCidr: readonly string[];
  readonly podNamespaces?: string;
  readonly dataDir: string;
  readonly kubeconfig?: string;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly clientCaFile?: string;
  readonly proxy?: ProxyMode;
  readonly logLevel: LogLevel;
}

export function addNodeCommand(program: Command): void {
  program
    .command("node")
    .summary("a node: it registers itself and runs its pods as processes")
    .description(
      "Run a node agent: it registers a Node, and runs the pods that are bound to it as processes of this machine.",
    )
    .requiredOption("--name <name>", "name of the Node")
    .requiredOption(
      "--address <ip[,ip]>",
      "the node's address, or one of each family, IPv4 first; they must be on this machine",
      separated,
    )
    .requiredOption(
      "--pod-cidr <cidr[,cidr]>",
      "addresses for its pods, a range for each family; without --pod-namespaces they must be on this machine, as all of 127.0.0.0/8 is on Linux",
      separated,
    )
    .option(
      "--pod-namespaces <prefix>",
      "give each pod a network namespace of its own, whose name begins so; needs root, and a namespace for the node itself",
    )
    .requiredOption("--data-dir <dir>", "where it keeps what its pods print and which processes they are")
    .option("--tls-cert-file <file>", "certificate that logs are served with; default: logs are not served")
    .option("--tls-private-key-file <file>", "its private key")
    .option("--client-ca-file <file>", "who may read logs: clients with a certificate of this authority")
    .addOption(
      new Option(
        "--proxy <mode>",
        "run the node's proxy in this process, too, with the defaults of `porthole proxy`",
      ).choices(["userspace", "nftables"]),
    )
    .addOption(kubeconfigOption())
    .addOption(logLevelOption())
    .action(async (options: NodeCommandOptions) => {
      const [{ connect }, runNode, runProxy] = await Promise.all([
        import("../connect.ts"),
        loadNode(options),
        options.proxy ? loadProxy(options, options.proxy) : undefined,
      ]);
      await runComponent(options.name, options.logLevel, async ({ log, signal, ready }) => {
        const client = await connect(options.kubeconfig, "node", log);
        await runTogether(signal, [runNode, ...(runProxy ? [runProxy] : [])], { client, log }, () =>
          ready(options.address.join(",")),
        );
        await client.close();
      });
    });
}

interface PartContext {
  readonly client: ApiClient;
  readonly log: Logger;
}

/** One of the programs that run in this process. */
type Part = (
  context: PartContext & { readonly signal: AbortSignal; readonly onReady: () => void },
) => Promise<void>;

async function loadNode(options: NodeCommandOptions): Promise<Part> {
  const serving = servingFiles(options);
  const { runNode } = await import("../../cluster/index.ts");
  const { name: nodeName, address: addresses, podCidr: podCidrs, podNamespaces, dataDir } = options;
  return (context) =>
    runNode({
      ...context,
      nodeName,
      addresses,
      podCidrs,
      ...(podNamespaces === undefined ? {} : { podNamespaces }),
      dataDir,
      ...(serving ? { serving } : {}),
      version: portholeVersion(),
    });
}

async function loadProxy({ name: nodeName, address }: NodeCommandOptions, mode: ProxyMode): Promise<Part> {
  const { runProxy } = await import("../../proxy/index.ts");
  return (context) =>
    runProxy({
      ...context,
      nodeName,
      mode,
      healthzBindAddress: `${address[0]}:${healthzPort}`,
      metricsBindAddress: `${address[0]}:${proxyMetricsPort}`,
    });
}

/** Runs all parts until the signal fires; when one of them fails the others are stopped, and it rejects with the reason. */
async function runTogether(
  signal: AbortSignal,
  parts: readonly Part[],
  context: PartContext,
  onReady: () => void,
): Promise<void> {
  const failed = new AbortController();
  let waiting = parts.length;
  const partReady = () => {
    waiting -= 1;
    if (waiting === 0) onReady();
  };
  const outcomes = await Promise.allSettled(
    parts.map(async (part) => {
      try {
        await part({ ...context, signal: AbortSignal.any([signal, failed.signal]), onReady: partReady });
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
}

/** All three, or none. */
function servingFiles(options: NodeCommandOptions): NodeOptions["serving"] {
  const { tlsCertFile: certFile, tlsPrivateKeyFile: keyFile, clientCaFile } = options;
  if (certFile && keyFile && clientCaFile) return { certFile, keyFile, clientCaFile };
  if (certFile || keyFile || clientCaFile) {
    throw new UsageError(
      "--tls-cert-file, --tls-private-key-file and --client-ca-file belong together: give all three, or none",
    );
  }
  return undefined;
}
