/** `porthole status` */
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import type { ForwardingStatus, StatusPaint } from "../../inspect/index.ts";
import { systemClock } from "../../lib/clock.ts";
import { silentLogger } from "../../lib/log.ts";
import { UsageError } from "../failure.ts";
import { integerBetween, kubeconfigOption, outputOption } from "../options.ts";
import { painter } from "../paint.ts";

interface StatusCommandOptions {
  readonly wait?: boolean;
  readonly timeout: number;
  readonly output: "text" | "json";
  readonly kubeconfig?: string;
}

export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .summary("on which nodes the current state of Services is live")
    .description(
      "Show what the nodes' proxies have made so: a table of them and the Services that are not live everywhere, or one Service. " +
        "Proxies of Porthole report it; what another proxy has done cannot be seen here.",
    )
    .argument("[namespace/service]", "look at this Service alone")
    .option("--wait", "wait until the Service is live on every node that is ready, and has a ready endpoint")
    .option("--timeout <seconds>", "how long to wait", integerBetween(1, 86_400), 60)
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addHelpText(
      "after",
      `
Exit status: 0 if all that was asked for is live on every node that is ready, 1 if not, or not in time.

Examples:
  porthole status
  kubectl apply -f service.yaml && porthole status --wait default/demo-service`,
    )
    .action((service: string | undefined, options: StatusCommandOptions) => run(service, options));
}

/** A proxy tells of a change within so long, unless changes go on and on. */
const looks = 4;
const lookAgainMs = 700;

async function run(service: string | undefined, options: StatusCommandOptions): Promise<void> {
  const [, namespace = "", name = ""] = /^([^/]+)\/([^/]+)$/.exec(service ?? "") ?? [];
  if (service !== undefined && name === "") {
    throw new UsageError(`"${service}" names no Service: write NAMESPACE/NAME, such as default/demo-service`);
  }
  if (service === undefined && options.wait) {
    throw new UsageError("--wait needs a Service to wait for: porthole status --wait NAMESPACE/NAME");
  }
  const [{ connect }, inspect] = await Promise.all([
    import("../connect.ts"),
    import("../../inspect/index.ts"),
  ]);
  const client = await connect(options.kubeconfig, "status", silentLogger);
  try {
    const status = options.wait ? await waitFor({ namespace, name }, options.timeout) : await settled();
    show(status, service, options.output, inspect);
  } finally {
    await client.close();
  }

  /** A change that is on its way to the nodes is not worth a word yet. */
  async function settled(): Promise<ForwardingStatus> {
    for (let attempt = 1; ; attempt++) {
      const status = inspect.forwardingStatus(await inspect.readStatusObjects(client), Date.now());
      if (attempt === looks || !isOnItsWay(status)) return status;
      await delay(lookAgainMs);
    }
  }

  async function waitFor(
    key: { namespace: string; name: string },
    seconds: number,
  ): Promise<ForwardingStatus> {
    let last: ForwardingStatus = { proxies: [], services: [] };
    const isLive = await inspect.untilLive({
      ...key,
      client,
      clock: systemClock,
      log: silentLogger,
      signal: AbortSignal.timeout(seconds * 1000),
      onStatus: (status) => {
        last = status;
      },
    });
    if (!isLive) process.stderr.write(`${service} is not live everywhere after ${seconds} s\n`);
    process.exitCode = isLive ? 0 : 1;
    return last;
  }
}

function isOnItsWay({ services }: ForwardingStatus): boolean {
  return services.some(({ notLive }) => notLive.some(({ state }) => state === "behind"));
}

function show(
  status: ForwardingStatus,
  service: string | undefined,
  output: StatusCommandOptions["output"],
  inspect: typeof import("../../inspect/index.ts"),
): void {
  const services = status.services.filter((one) => service === undefined || one.service === service);
  const [only] = services;
  if (service !== undefined && !only) {
    throw new UsageError(`There is no Service "${service}" that proxies have to do with`);
  }
  process.exitCode ??= services.every(({ liveOn, nodes }) => liveOn === nodes) ? 0 : 1;
  const paint = statusPaint();
  const text =
    output === "json"
      ? `${JSON.stringify({ ...status, services }, undefined, 2)}\n`
      : service !== undefined && only
        ? inspect.formatServiceForwarding(only, paint)
        : inspect.formatForwardingStatus(status, Date.now(), paint);
  process.stdout.write(text);
}

function statusPaint(): StatusPaint {
  const paint = painter(process.stdout);
  const formats = { good: "green", bad: "red", dim: "dim" } as const;
  return (kind, text) => paint(formats[kind], text);
}
