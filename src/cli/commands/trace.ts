/** `porthole trace` */
import { networkInterfaces } from "node:os";
import { type Command, Option } from "commander";
import type { ClusterObjects, TraceQuery, TraceStyle } from "../../inspect/index.ts";
import { silentLogger } from "../../lib/log.ts";
import { UsageError } from "../failure.ts";
import { kubeconfigOption, outputOption } from "../options.ts";
import { painter } from "../paint.ts";

interface TraceCommandOptions {
  readonly from?: string;
  readonly protocol: string;
  readonly node?: string;
  readonly namespace: string;
  readonly live?: boolean;
  readonly output: "text" | "json";
  readonly kubeconfig?: string;
}

/** Where standard output has no columns. */
const defaultWidth = 100;

const differenceExitCode = 3;

export function addTraceCommand(program: Command): void {
  program
    .command("trace")
    .summary("where a packet goes, and why")
    .description(
      "Walk the way of a packet through any Kubernetes cluster, whatever proxy runs there: which node, which Service and port, which policy, " +
        "which endpoints and why each is in or out, and whose address the endpoint sees. Nothing is sent without --live.",
    )
    .argument(
      "<address:port>",
      "where the packet goes: 192.0.2.1:30080, [2001:db8::1]:30080, or a Service's address",
    )
    .option(
      "--from <source>",
      "an address, pod/NAME or pod/NAMESPACE/NAME; default: a client outside the cluster",
    )
    .addOption(
      new Option("--protocol <protocol>", "of the packet").choices(["tcp", "udp", "sctp"]).default("tcp"),
    )
    .option("--node <name>", "the node that the packet comes to, where the address is every node's")
    .option("-n, --namespace <name>", "of the pod that --from names", "default")
    .option(
      "--live",
      "send a packet from this machine, follow it through its kernel's rules and connection tracking, and say where they differ; run it on the node, as root",
    )
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addHelpText(
      "after",
      `
Exit status: 0 if the packet is forwarded, 1 if not; with --live 3 if the kernel does something else.

Examples:
  porthole trace 127.0.1.1:30080
  porthole trace 10.96.0.10:53 --protocol udp --from pod/web-0
  porthole trace [fd00::1]:30443 --from 2001:db8::7 -o json
  porthole trace 192.0.2.1:30080 --live        on the node 192.0.2.1`,
    )
    .action(run);
}

async function run(destination: string, options: TraceCommandOptions): Promise<void> {
  const [{ connect }, inspect] = await Promise.all([
    import("../connect.ts"),
    import("../../inspect/index.ts"),
  ]);
  const query = await readQuery(destination, options);
  const client = await connect(options.kubeconfig, "trace", silentLogger);
  const objects = await inspect.readClusterObjects(client);
  await client.close();
  if (options.live) return runLive(objects, query, options);
  const trace = inspect.tracePacket(objects, query);
  const text = inspect.formatTrace(trace, styleOf(process.stdout));
  process.stdout.write(options.output === "json" ? json(trace) : text);
  process.exitCode = trace.verdict === "forward" ? 0 : 1;
}

/** What is sent comes from this machine, so its address is known only afterwards. */
async function runLive(
  objects: ClusterObjects,
  query: TraceQuery,
  { output }: TraceCommandOptions,
): Promise<void> {
  const { checkPacket, formatObservation, formatTrace, ownerOf } = await import("../../inspect/index.ts");
  if (query.protocol === "SCTP") throw new UsageError("--live sends TCP or UDP: leave it out for SCTP");
  if (query.from?.kind === "pod") {
    throw new UsageError(
      "--live sends from this machine: run it in the pod's network namespace, without --from",
    );
  }
  const machine = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const owner = ownerOf(objects.nodes, query.address);
  if (owner && !machine.some((one) => one.address === query.address)) {
    throw new UsageError(`${query.address} is node ${owner.metadata.name}, another machine: run it there`);
  }
  const checked = await checkPacket(objects, query, query.from?.address);
  const { trace, observed, differences: found } = checked;
  const style = styleOf(process.stdout);
  const text = formatTrace(trace, style) + formatObservation(observed, found, style);
  process.stdout.write(output === "json" ? json({ ...trace, observed, differences: found }) : text);
  process.exitCode = found.length > 0 ? differenceExitCode : trace.verdict === "forward" ? 0 : 1;
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

async function readQuery(destination: string, options: TraceCommandOptions): Promise<TraceQuery> {
  const { parseDestination, parseSource } = await import("../../inspect/index.ts");
  const { from, node, namespace, protocol } = options;
  try {
    return {
      ...parseDestination(destination),
      protocol: protocol.toUpperCase() as TraceQuery["protocol"],
      ...(from !== undefined && { from: parseSource(from, namespace) }),
      ...(node !== undefined && { node }),
    };
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

function styleOf(stream: NodeJS.WriteStream): TraceStyle {
  const paint = painter(stream);
  return {
    good: (text) => paint("green", text),
    bad: (text) => paint("red", text),
    dim: (text) => paint("dim", text),
    width: stream.columns ?? defaultWidth,
  };
}
