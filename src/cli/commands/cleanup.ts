/** `porthole cleanup` */
import type { Command } from "commander";

export function addCleanupCommand(program: Command): void {
  program
    .command("cleanup")
    .summary("remove what local clusters have left that were killed")
    .description(
      "Remove the network namespaces, processes and files of local clusters whose `porthole up` is gone. Those that run are left alone. The next `porthole up` of the same kind does it, too.",
    )
    .action(async () => {
      const [{ removeDeadClusters }, { removeAbandoned }] = await Promise.all([
        import("../../cluster/topology/index.ts"),
        import("../up/data-dir.ts"),
      ]);
      const removed = [...(await removeDeadClusters()), ...(await removeAbandoned())];
      for (const name of removed) process.stdout.write(`Removed ${name}\n`);
      if (removed.length === 0) process.stdout.write("Nothing is left of clusters that are gone\n");
    });
}
