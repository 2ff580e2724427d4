/** `porthole controllers` */
import type { Command } from "commander";
import type { ApiClient } from "../../client/index.ts";
import type { Logger, LogLevel } from "../../lib/log.ts";
import { runComponent } from "../lifecycle.ts";
import { kubeconfigOption, logLevelOption } from "../options.ts";
import { lbStatusAddress, loadBalancerClass, proxyHealthPort } from "./lb-defaults.ts";

interface ControllersCommandOptions {
  readonly kubeconfig?: string;
  readonly addressPool?: string;
  readonly logLevel: LogLevel;
}

export function addControllersCommand(program: Command): void {
  program
    .command("controllers")
    .summary("what makes pods, endpoints and node health follow the objects")
    .description(
      "Run the controllers against an API server: EndpointSlices and Endpoints, Deployments and ReplicaSets, scheduling,\nnode health, namespace deletion, garbage collection.",
    )
    .option(
      "--address-pool <name=range,...>",
      "run a load balancer in this process, too, as soon as a Service of type LoadBalancer needs one; it gives out these addresses, which must be on this machine",
    )
    .addOption(kubeconfigOption())
    .addOption(logLevelOption())
    .action(async (options: ControllersCommandOptions) => {
      const [{ connect }, { runControllers }] = await Promise.all([
        import("../connect.ts"),
        import("../../controllers/index.ts"),
      ]);
      await runComponent("controllers", options.logLevel, async ({ log, signal, ready }) => {
        const client = await connect(options.kubeconfig, "controllers", log);
        ready("controllers");
        const balancing = options.addressPool
          ? balance(options.addressPool, { client, log, signal })
          : undefined;
        await Promise.all([runControllers({ client, log, signal }), balancing]);
        await client.close();
      });
    });
}

/** PERF: what balances is loaded when it is needed. */
async function balance(
  addressPool: string,
  { client, log, signal }: { readonly client: ApiClient; readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const choice = { className: loadBalancerClass, isDefault: true };
  const { untilWanted } = await import("../../loadbalancer/kubernetes/when-wanted.ts");
  await untilWanted({ client, log, signal, ...choice });
  if (signal.aborted) return;
  const { openKubernetesSource, parseAddressPool, runLoadBalancer } = await import(
    "../../loadbalancer/index.ts"
  );
  await runLoadBalancer({
    source: openKubernetesSource({
      client,
      identity: `controllers_${process.pid}`,
      pools: [parseAddressPool(addressPool, true)],
      ...choice,
      proxyHealthPort,
      log,
    }),
    log,
    signal,
    statusAddress: lbStatusAddress,
  });
}
