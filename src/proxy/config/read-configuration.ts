/** Reads a KubeProxyConfiguration file. */
import type { Reading } from "./field.ts";
import { type KubeProxyConfiguration, kubeProxyConfiguration } from "./kube-proxy-configuration.ts";

export interface ReadConfiguration {
  readonly configuration: KubeProxyConfiguration;
  /** Why fields that were set have no effect, by path. */
  readonly ignored: ReadonlyMap<string, string>;
}

/** A configuration cannot be followed; the message tells every reason. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";

  constructor(problems: readonly string[], where = "") {
    super(`Cannot use the configuration${where && ` ${where}`}: ${problems.join("; ")}`);
  }
}

/** Reads YAML or JSON; throws ConfigurationError that names each field that is unknown or cannot be had. */
export async function readConfigurationText(text: string, file: string): Promise<ReadConfiguration> {
  const document = await parseDocument(text, file);
  const hasHeader =
    typeof document === "object" && document && "kind" in document && "apiVersion" in document;
  if (!hasHeader) {
    const header = "apiVersion: kubeproxy.config.k8s.io/v1alpha1 and kind: KubeProxyConfiguration";
    throw new ConfigurationError([`it must hold ${header}`], file);
  }
  return readConfiguration(document, file);
}

/** PERF: loading the YAML parser takes 30 ms, so JSON goes without. */
async function parseDocument(text: string, file: string): Promise<unknown> {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text);
    } catch {
      // YAML's flow style also starts with a brace.
    }
  }
  const { parse } = await import("../../lib/yaml.ts");
  try {
    return parse(text);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new ConfigurationError([`it is not YAML: ${reason}`], file);
  }
}

/** As readConfigurationText, from a value. `where` is for the error's message. */
export function readConfiguration(document: unknown, where = ""): ReadConfiguration {
  const reading: Reading = { problems: [], ignored: new Map() };
  const configuration = kubeProxyConfiguration.read(document, "", reading) ?? {};
  if (reading.problems.length > 0) throw new ConfigurationError(reading.problems, where);
  return { configuration, ignored: reading.ignored };
}
