/** `porthole up` */
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { collect, integerBetween } from "../options.ts";
import { maxNodes } from "../up/plan.ts";

interface UpCommandOptions {
  readonly nodes: number;
  readonly apiPort?: number;
  readonly dataDir?: string;
  readonly filename?: readonly string[];
}

const demoManifest = fileURLToPath(new URL("../../../examples/demo.yaml", import.meta.url));

export function addUpCommand(program: Command): void {
  program
    .command("up")
    .summary("a whole cluster on this machine, until Ctrl-C")
    .description(
      "Bring up a local cluster in the foreground: API server, controllers, nodes with a proxy each, and what the manifests hold.\n" +
        "Nodes and pods are loopback addresses, pods are processes; it needs no privileges. Ctrl-C ends it and leaves nothing behind.",
    )
    .option("--nodes <count>", "how many nodes", integerBetween(1, maxNodes), 3)
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
      "port of the API server on 127.0.0.1 (default: 6443, or any free one)",
      integerBetween(1, 65_535),
    )
    .addHelpText(
      "after",
      `
Examples:
  porthole up                          three nodes and the demo Service on NodePort 30080
  porthole up --nodes 5 -f app.yaml    five nodes and your own objects
  porthole up --data-dir ./cluster     what you create is there the next time`,
    )
    .action(async ({ filename = [demoManifest], ...options }: UpCommandOptions) => {
      const { runLocalCluster } = await import("../up/local-cluster.ts");
      await runLocalCluster({ ...options, manifests: filename });
    });
}
