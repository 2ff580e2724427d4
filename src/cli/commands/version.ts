/** `porthole version` */
import type { Command } from "commander";
import { outputOption } from "../options.ts";
import { kubernetesVersion, portholeVersion } from "../version.ts";

export function addVersionCommand(program: Command): void {
  program
    .command("version")
    .description("Print the version of Porthole, of Node, and of the Kubernetes API it speaks.")
    .addOption(outputOption())
    .action((options: { output: "text" | "json" }) => {
      const version = { porthole: portholeVersion(), kubernetes: kubernetesVersion, node: process.version };
      const text =
        options.output === "json"
          ? JSON.stringify(version)
          : `porthole ${version.porthole}, Kubernetes API ${version.kubernetes}, Node ${version.node}`;
      process.stdout.write(`${text}\n`);
    });
}
