/** `porthole controllers` */
import type { Command } from "commander";
import type { LogLevel } from "../../lib/log.ts";
import { runComponent } from "../lifecycle.ts";
import { kubeconfigOption, logLevelOption } from "../options.ts";

export function addControllersCommand(program: Command): void {
  program
    .command("controllers")
    .summary("what makes pods, endpoints and node health follow the objects")
    .description(
      "Run the controllers against an API server: EndpointSlices and Endpoints, Deployments and ReplicaSets, scheduling,\nnode health, namespace deletion, garbage collection.",
    )
    .addOption(kubeconfigOption())
    .addOption(logLevelOption())
    .action(async (options: { kubeconfig?: string; logLevel: LogLevel }) => {
      const [{ connect }, { runControllers }] = await Promise.all([
        import("../connect.ts"),
        import("../../controllers/index.ts"),
      ]);
      await runComponent("controllers", options.logLevel, async ({ log, signal, ready }) => {
        const client = await connect(options.kubeconfig, "controllers", log);
        ready("controllers");
        await runControllers({ client, log, signal });
        await client.close();
      });
    });
}
