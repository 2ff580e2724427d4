/** `porthole up` */

import { type Command, Option } from "commander";
import { packageFile } from "../../lib/package-files.ts";
import { UsageError } from "../failure.ts";
import { collect, integerBetween } from "../options.ts";
import { maxNodes } from "../up/plan.ts";
import { scratchVariable } from "../up/rootless/messages.ts";

interface UpCommandOptions {
  readonly nodes: number;
  readonly dataplane: "userspace" | "nftables";
  readonly client?: boolean;
  readonly rootless?: boolean;
  readonly apiPort?: number;
  readonly dataDir?: string;
  readonly filename?: readonly string[];
}

const demoManifest = packageFile("examples/demo.yaml");

export function addUpCommand(program: Command): void {
  program
    .command("up")
    .summary("a whole cluster on this machine, until Ctrl-C")
    .description(
      "Bring up a local cluster in the foreground: API server, controllers, nodes with a proxy each, and what the manifests hold.\n" +
        "Nodes and pods are loopback addresses, pods are processes; it needs no privileges. With --dataplane nftables (root) each node and each pod is a network namespace with addresses of its own, and the kernel forwards. Ctrl-C ends it and leaves nothing behind.",
    )
    .option("--nodes <count>", "how many nodes", integerBetween(1, maxNodes), 3)
    .addOption(
      new Option("--dataplane <mode>", "how the nodes forward, and with it what nodes are")
        .choices(["userspace", "nftables"])
        .default("userspace"),
    )
    .option(
      "--client",
      "with --dataplane nftables: a shell outside the cluster once it is up; the cluster ends with it",
    )
    .option(
      "--rootless",
      "the same as --dataplane nftables without root, in a user namespace; TCP NodePorts are published on 127.0.1.N",
    )
    .option(
      "-f, --filename <file>",
      "manifests to apply, may be given several times (default: examples/demo.yaml)",
      collect,
    )
    .option(
      "--data-dir <dir>",
      "keep the cluster's state here (default: a temporary directory that goes with it)",
    )
    .option(
      "--api-port <port>",
      "port of the API server (default: 6443, or any free one)",
      integerBetween(1, 65_535),
    )
    .addHelpText(
      "after",
      `
Examples:
  porthole up                          three nodes and the demo Service on NodePort 30080
  porthole up --nodes 5 -f app.yaml    five nodes and your own objects
  porthole up --data-dir ./cluster     what you create is there the next time
  sudo porthole up --dataplane nftables --client
                                       nodes as network namespaces, and a shell outside of them`,
    )
    .action(
      async ({ filename = [demoManifest], client = false, rootless = false, ...rest }: UpCommandOptions) => {
        const options = rootless ? { ...rest, dataplane: "nftables" as const } : rest;
        if (client && options.dataplane !== "nftables")
          throw new UsageError(
            "--client needs --dataplane nftables: on loopback addresses nobody is outside",
          );
        const scratch = rootless ? process.env[scratchVariable] : undefined;
        // It is for this process alone, not for a shell that follows.
        delete process.env[scratchVariable];
        if (rootless && scratch === undefined) {
          const { launchRootless } = await import("../up/rootless/launch.ts");
          process.exit(await launchRootless(process.argv.slice(2)));
        }
        const { runLocalCluster } = await import("../up/local-cluster.ts");
        const inside = scratch === undefined ? {} : { scratch };
        await runLocalCluster({ ...options, ...inside, client, manifests: filename });
      },
    );
}
