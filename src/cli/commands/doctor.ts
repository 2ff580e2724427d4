/** `porthole doctor` */
import type { Command } from "commander";
import type { Diagnosis, Emphasis } from "../../inspect/index.ts";
import { silentLogger } from "../../lib/log.ts";
import { UsageError } from "../failure.ts";
import { kubeconfigOption, outputOption } from "../options.ts";
import { painter } from "../paint.ts";

interface DoctorCommandOptions {
  readonly explain?: string;
  readonly probe: boolean;
  readonly output: "text" | "json";
  readonly kubeconfig?: string;
}

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .summary("what is wrong with Services and nodes, and what to do")
    .description(
      "Examine the Services of any Kubernetes cluster, or one of them: their pods, endpoints, ports, policies and addresses, the nodes and their proxies. " +
        "Nodes and endpoints are asked over TCP from here. " +
        "How a node's system is set up its proxy tells, if it is Porthole's; run this on a node, as root, to have another one's looked at too.",
    )
    .argument("[namespace/service]", "look at this Service alone, and ask all of its nodes and endpoints")
    .option("--explain <id>", "the manual page of a check; `list` for all of their names")
    .option("--no-probe", "ask nobody but the API server")
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addHelpText(
      "after",
      `
Exit status: 0 if there is no error among the findings, 1 if there is.

Examples:
  porthole doctor
  porthole doctor default/demo-service
  porthole doctor --explain endpoint-refuses`,
    )
    .action((service: string | undefined, options: DoctorCommandOptions) =>
      options.explain === undefined ? diagnose(service, options) : explain(options.explain),
    );
}

async function explain(id: string): Promise<void> {
  const { allChecks, formatManual } = await import("../../inspect/index.ts");
  if (id === "list") {
    process.stdout.write(allChecks.map((check) => `${check.id.padEnd(36)} ${check.title}\n`).join(""));
    return;
  }
  const check = allChecks.find((candidate) => candidate.id === id);
  if (!check)
    throw new UsageError(`There is no check "${id}": porthole doctor --explain list shows all of them`);
  process.stdout.write(formatManual(check));
}

async function diagnose(service: string | undefined, options: DoctorCommandOptions): Promise<void> {
  const [{ connect }, inspect] = await Promise.all([
    import("../connect.ts"),
    import("../../inspect/index.ts"),
  ]);
  if (service !== undefined && !/^[^/]+\/[^/]+$/.test(service)) {
    throw new UsageError(`"${service}" names no Service: write NAMESPACE/NAME, such as default/demo-service`);
  }
  const client = await connect(options.kubeconfig, "doctor", silentLogger);
  try {
    const { diagnoses, left, unread } = await inspect.diagnose(client, {
      service,
      apiOnly: !options.probe,
    });
    const text =
      options.output === "json"
        ? `${JSON.stringify(diagnoses, undefined, 2)}\n`
        : inspect.formatDiagnoses(diagnoses, emphasisOf(process.stdout)) + leftOut(left);
    process.stdout.write(text);
    if (unread.length > 0)
      process.stderr.write(
        `This user may not list ${unread.join(" and ")}: what only they tell was not seen\n`,
      );
    process.exitCode = hasError(diagnoses) ? 1 : 0;
  } catch (error) {
    if (error instanceof inspect.UnknownPlaceError) throw new UsageError(error.message);
    throw error;
  } finally {
    await client.close();
  }
}

function hasError(diagnoses: readonly Diagnosis[]): boolean {
  return diagnoses.some(({ severity }) => severity === "error");
}

function leftOut(services: readonly string[]): string {
  if (services.length === 0) return "";
  return `The NodePorts of ${services.length} Services were not asked; name one to have it asked: porthole doctor ${services[0]}\n`;
}

function emphasisOf(stream: NodeJS.WriteStream): Emphasis {
  const paint = painter(stream);
  const colours = { error: "red", warning: "yellow", info: "cyan", good: "green" } as const;
  return (severity, text) => paint(colours[severity], text);
}
