/** Tells the kernel how it is to track connections, as kube-proxy does. */
import { availableParallelism } from "node:os";
import type { Logger } from "../lib/log.ts";
import { type ConntrackSettings, conntrackSysctls, type Sysctl } from "./config/conntrack-settings.ts";

/** The files of /proc/sys. */
export interface Sysctls {
  readSysctl(key: string): string | undefined;
  writeSysctl(key: string, value: number): void;
}

/**
 * Writes what differs. A setting that cannot be written is told and left: a container may have /proc/sys read-only, and some settings are
 * the initial network namespace's alone. NOTE: they exist once the kernel tracks connections, so call it after rules are in place.
 */
export async function tuneConntrack(
  settings: ConntrackSettings,
  log: Logger,
  sysctls?: Sysctls,
): Promise<void> {
  const { readSysctl, writeSysctl } = sysctls ?? (await import("../kernel/index.ts"));
  for (const sysctl of conntrackSysctls(settings, availableParallelism())) {
    const { key, value } = sysctl;
    try {
      const current = readSysctl(key);
      if (current !== undefined && isEnough(Number(current), sysctl)) continue;
      writeSysctl(key, value);
      log.info("Set a kernel setting", { setting: key, value, before: current });
    } catch (error) {
      log.warn("Cannot set a kernel setting, going on without", { error: (error as Error).message });
    }
  }
}

function isEnough(current: number, { value, atLeast }: Sysctl): boolean {
  return current === value || (atLeast === true && current > value);
}
