/** `porthole trace` */
import { styleText } from "node:util";
import { type Command, Option } from "commander";
import type { TraceQuery, TraceStyle } from "../../inspect/index.ts";
import { silentLogger } from "../../lib/log.ts";
import { UsageError } from "../failure.ts";
import { kubeconfigOption } from "../options.ts";

interface TraceCommandOptions {
  readonly from?: string;
  readonly protocol: string;
  readonly node?: string;
  readonly namespace: string;
  readonly output: "text" | "json";
  readonly kubeconfig?: string;
}

/** Where standard output has no columns. */
const defaultWidth = 100;

export function addTraceCommand(program: Command): void {
  program
    .command("trace")
    .summary("where a packet goes, and why")
    .description(
      "Walk the way of a packet through any Kubernetes cluster, whatever proxy runs there: which node, which Service and port, which policy, " +
        "which endpoints and why each is in or out, and whose address the endpoint sees. Nothing is sent.",
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
    .addOption(
      new Option("-o, --output <format>", "for people or for programs")
        .choices(["text", "json"])
        .default("text"),
    )
    .addOption(kubeconfigOption())
    .addHelpText(
      "after",
      `
Exit status: 0 if the packet is forwarded, 1 if not.

Examples:
  porthole trace 127.0.1.1:30080
  porthole trace 10.96.0.10:53 --protocol udp --from pod/web-0
  porthole trace [fd00::1]:30443 --from 2001:db8::7 -o json`,
    )
    .action(run);
}

async function run(destination: string, options: TraceCommandOptions): Promise<void> {
  const [{ connect }, { formatTrace, readClusterObjects, tracePacket }] = await Promise.all([
    import("../connect.ts"),
    import("../../inspect/index.ts"),
  ]);
  const query = await readQuery(destination, options);
  const client = await connect(options.kubeconfig, "trace", silentLogger);
  const trace = tracePacket(await readClusterObjects(client), query);
  await client.close();
  process.stdout.write(
    options.output === "json"
      ? `${JSON.stringify(trace, undefined, 2)}\n`
      : formatTrace(trace, styleOf(process.stdout)),
  );
  process.exitCode = trace.verdict === "forward" ? 0 : 1;
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
  const styled = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    stream.isTTY ? styleText(format, text, { stream }) : text;
  return {
    good: styled("green"),
    bad: styled("red"),
    dim: styled("dim"),
    width: stream.columns ?? defaultWidth,
  };
}
