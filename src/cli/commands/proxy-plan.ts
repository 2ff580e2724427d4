/** What `porthole proxy` is to do, from its flags and its configuration file. */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { LogLevel } from "../../lib/log.ts";
import {
  ConfigurationError,
  type ProxyMode,
  type ProxySettings,
  type ReadConfiguration,
  readConfiguration,
  readConfigurationText,
  settingsOf,
} from "../../proxy/config/index.ts";
import { UsageError } from "../failure.ts";
import { readKubeProxyFlags } from "./proxy-flags.ts";

/** As commander gives them; `kubeProxyFlags` are among them. */
export interface ProxyCommandOptions {
  readonly nodeName?: string;
  readonly hostnameOverride?: string;
  readonly mode?: ProxyMode;
  readonly kubeconfig?: string;
  readonly config?: string;
  readonly master?: string;
  readonly cleanup?: true;
  readonly cleanupKubeProxy?: true;
  readonly logLevel?: LogLevel;
}

export interface ProxyPlan {
  readonly nodeName: string;
  readonly settings: ProxySettings;
  /** What /configz shows. */
  readonly configuration: object;
  readonly kubeconfig: string | undefined;
  readonly logLevel: LogLevel;
  /** To be logged once: why fields have no effect, and which flags the file overrules. */
  readonly ignored: ReadonlyMap<string, string>;
  readonly overruled: readonly string[];
}

/** From this verbosity on kube-proxy logs each sync. */
const debugVerbosity = 4;

/**
 * A configuration file overrules kube-proxy's flags, as with kube-proxy; Porthole's own flags (--node-name, --mode, --kubeconfig,
 * --log-level), --hostname-override and those of logging overrule the file. Throws UsageError.
 */
export async function planProxy(options: ProxyCommandOptions): Promise<ProxyPlan> {
  try {
    return await plan(options);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(error.message);
    throw error;
  }
}

async function plan(options: ProxyCommandOptions): Promise<ProxyPlan> {
  const { config, mode } = options;
  const flags = readKubeProxyFlags({ ...options }, config !== undefined);
  const fromFlags = readConfiguration(flags.document, "on the command line");
  const read = config === undefined ? fromFlags : await readFileBeside(config, fromFlags);
  const settings = settingsOf({
    ...read.configuration,
    // A file is written for a kernel mode; without one Porthole needs no privileges unless they are asked for.
    mode: mode ?? (read.configuration.mode || (config === undefined ? "userspace" : "")),
  });
  const name = options.nodeName ?? options.hostnameOverride ?? settings.nodeName ?? hostname();
  return {
    nodeName: name.trim().toLowerCase(),
    settings: config === undefined ? withoutServers(settings, flags.document) : settings,
    configuration: read.configuration,
    kubeconfig: options.kubeconfig ?? settings.kubeconfig,
    logLevel: options.logLevel ?? (settings.verbosity >= debugVerbosity ? "debug" : "info"),
    ignored: read.ignored,
    overruled: flags.overruled,
  };
}

/** Flags of logging prevail over the file's. */
async function readFileBeside(file: string, flags: ReadConfiguration): Promise<ReadConfiguration> {
  const read = await readConfigurationText(await readConfigurationFile(file), `file "${file}"`);
  return {
    configuration: {
      ...read.configuration,
      logging: { ...read.configuration.logging, ...flags.configuration.logging },
    },
    ignored: new Map([...read.ignored, ...flags.ignored]),
  };
}

async function readConfigurationFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read the configuration file "${file}": ${(error as Error).message}`);
  }
}

/** An empty address in a file is the default; as a flag it says that there is to be no server. */
function withoutServers(
  settings: ProxySettings,
  { healthzBindAddress, metricsBindAddress }: Readonly<Record<string, unknown>>,
): ProxySettings {
  return {
    ...settings,
    ...(healthzBindAddress === "" && { healthzBindAddress: "" }),
    ...(metricsBindAddress === "" && { metricsBindAddress: "" }),
  };
}
