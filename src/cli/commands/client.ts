/** `porthole client` */
import type { Command } from "commander";
import { UsageError } from "../failure.ts";

export function addClientCommand(program: Command): void {
  program
    .command("client")
    .summary("a shell, or one program, outside the local cluster")
    .description(
      "Run a program on a machine beside the nodes of `porthole up --dataplane nftables`, as its clients are; a shell if none is named. Needs root.",
    )
    .argument("[command...]", "program and arguments; put -- before them")
    .option("--cluster <name>", "which cluster, if more than one is up: what its namespaces begin with")
    .passThroughOptions()
    .addHelpText(
      "after",
      `
Examples:
  porthole client
  porthole client -- curl -s http://10.200.0.11:30080`,
    )
    .action(async (command: readonly string[], { cluster }: { readonly cluster?: string }) => {
      const { findClusters, runInClient } = await import("../../cluster/topology/index.ts");
      const name = cluster ?? onlyOne(findClusters());
      const words = command.length > 0 ? command : [process.env.SHELL || "/bin/sh"];
      process.exitCode = await runInClient(name, words);
    });
}

function onlyOne(clusters: readonly string[]): string {
  const [first, ...others] = clusters;
  if (first === undefined)
    throw new UsageError(
      "No local cluster with network namespaces is up: start one with `porthole up --dataplane nftables`",
    );
  if (others.length > 0)
    throw new UsageError(`More than one cluster is up: name one with --cluster, of ${clusters.join(", ")}`);
  return first;
}
