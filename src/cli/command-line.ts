/** Reads the command line and runs the command that it names. */
import { Command, CommanderError } from "commander";
import { addApiServerCommand } from "./commands/apiserver.ts";
import { addCleanupCommand } from "./commands/cleanup.ts";
import { addClientCommand } from "./commands/client.ts";
import { addControllersCommand } from "./commands/controllers.ts";
import { addDashboardCommand } from "./commands/dashboard.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addLbCommand } from "./commands/lb.ts";
import { addNodeCommand } from "./commands/node.ts";
import { addProxyCommand } from "./commands/proxy.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addTopCommand } from "./commands/top.ts";
import { addTraceCommand } from "./commands/trace.ts";
import { addUpCommand } from "./commands/up.ts";
import { addVersionCommand } from "./commands/version.ts";
import { describeFailure, UsageError } from "./failure.ts";

/** Exit status of a command line that cannot be understood, as in getopt's and BSD's sysexits' tradition. */
const usageExitCode = 2;

/** Runs one command to its end; sets the process's exit status and prints what went wrong. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  const program = buildProgram();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : usageExitCode;
      return;
    }
    process.stderr.write(`porthole: ${describeFailure(error)}\n`);
    process.exit(error instanceof UsageError ? usageExitCode : 1);
  }
}

export function buildProgram(): Command {
  const program = new Command("porthole")
    .description(
      "Kubernetes Services of type NodePort, whole: the API that allocates the port, a proxy on every node, a local cluster.",
    )
    .enablePositionalOptions()
    .showHelpAfterError("(add --help for what there is)")
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  porthole up                                  a cluster of three nodes on this machine, with a demo Service
  porthole up -f my-manifests.yaml             the same with your own objects
  porthole apiserver --data-dir ./state        the API server alone
  porthole proxy --node-name "$(hostname)"     a node's proxy, for any Kubernetes cluster`,
    );
  for (const add of [
    addUpCommand,
    addClientCommand,
    addCleanupCommand,
    addApiServerCommand,
    addControllersCommand,
    addNodeCommand,
    addProxyCommand,
    addLbCommand,
    addTraceCommand,
    addDoctorCommand,
    addStatusCommand,
    addTopCommand,
    addDashboardCommand,
    addVersionCommand,
  ]) {
    add(program);
  }
  return program;
}
