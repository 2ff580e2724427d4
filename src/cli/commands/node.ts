/** `porthole node` */
import type { Command } from "commander";
import type { NodeOptions } from "../../cluster/index.ts";
import { createLogger, type LogLevel } from "../../lib/log.ts";
import { UsageError } from "../failure.ts";
import { runComponent } from "../lifecycle.ts";
import { kubeconfigOption, logLevelOption } from "../options.ts";
import { portholeVersion } from "../version.ts";

interface NodeCommandOptions {
  readonly name: string;
  readonly address: string;
  readonly podCidr: string;
  readonly dataDir: string;
  readonly kubeconfig?: string;
  readonly tlsCertFile?: string;
  readonly tlsPrivateKeyFile?: string;
  readonly clientCaFile?: string;
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
    .requiredOption("--address <ip>", "the node's address; it must be on this machine")
    .requiredOption(
      "--pod-cidr <cidr>",
      "addresses for its pods; they must be on this machine, as all of 127.0.0.0/8 is on Linux",
    )
    .requiredOption("--data-dir <dir>", "where it keeps what its pods print and which processes they are")
    .option("--tls-cert-file <file>", "certificate that logs are served with; default: logs are not served")
    .option("--tls-private-key-file <file>", "its private key")
    .option("--client-ca-file <file>", "who may read logs: clients with a certificate of this authority")
    .addOption(kubeconfigOption())
    .addOption(logLevelOption())
    .action(async (options: NodeCommandOptions) => {
      const [{ connect }, { runNode }] = await Promise.all([
        import("../connect.ts"),
        import("../../cluster/index.ts"),
      ]);
      const log = createLogger(options.name, options.logLevel);
      await runComponent(async (signal, ready) => {
        const client = await connect(options.kubeconfig, "node", log);
        const serving = servingFiles(options);
        await runNode({
          client,
          nodeName: options.name,
          address: options.address,
          podCidr: options.podCidr,
          dataDir: options.dataDir,
          ...(serving ? { serving } : {}),
          version: portholeVersion(),
          onReady: () => ready(options.address),
          log,
          signal,
        });
        await client.close();
      });
    });
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
