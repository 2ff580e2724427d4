/** Options that several commands share, and the parsers that say what is wrong with a value. */
import { InvalidArgumentError, Option } from "commander";
import { logLevels } from "../lib/log.ts";

export function kubeconfigOption(): Option {
  return new Option(
    "--kubeconfig <file>",
    "how to reach the API server; default: $KUBECONFIG, ~/.kube/config, then the pod's service account",
  );
}

export function logLevelOption(): Option {
  return new Option("--log-level <level>", "what is logged to standard error")
    .choices(logLevels)
    .default("info");
}

/** `text` is for people, `json` for programs. */
export function outputOption(): Option {
  return new Option("-o, --output <format>", "for people or for programs")
    .choices(["text", "json"])
    .default("text");
}

/** Parses an integer option; throws InvalidArgumentError that names the bounds. */
export function integerBetween(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < lowest || value > highest) {
      throw new InvalidArgumentError(`Write an integer from ${lowest} to ${highest}.`);
    }
    return value;
  };
}

/** Parses an option that holds several values, separated by commas. */
export function separated(text: string): readonly string[] {
  return text.split(",");
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}
