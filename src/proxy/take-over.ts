/** A kernel dataplane that takes over from whatever mode forwarded before it. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Logger } from "../lib/log.ts";
import { type KernelMode, type KernelModeName, kernelModes } from "./kernel-modes.ts";

/**
 * Returns a dataplane that, once its first table is in force, removes what other modes left in the kernel: until then they forward, and both
 * lead packets by the same Services, so that nobody notices. What cannot be removed is logged, and tried again with the next table.
 */
export function takeOver(dataplane: Dataplane, mode: KernelModeName, log: Logger): Dataplane {
  let isDone = false;
  return {
    name: dataplane.name,
    async apply(next) {
      const report = await dataplane.apply(next);
      if (!isDone) isDone = await removeOthers(mode, log);
      return report;
    },
    ...(dataplane.heal && { heal: () => dataplane.heal?.() ?? Promise.resolve() }),
    ...(dataplane.counters && { counters: () => dataplane.counters?.() ?? new Map() }),
    close: (graceMs) => dataplane.close(graceMs),
  };
}

async function removeOthers(mode: KernelModeName, log: Logger): Promise<boolean> {
  const all: readonly (readonly [string, KernelMode])[] = Object.entries(kernelModes);
  let isDone = true;
  for (const [name, other] of all) {
    try {
      if (name === mode) continue;
      const removed = await other.cleanUp();
      if (removed.length > 0) log.debug("Took over from another mode", { mode: name, removed });
    } catch (error) {
      isDone = false;
      const { message } = error as Error;
      log.warn("Cannot remove what another mode left in the kernel", { mode: name, error: message });
    }
  }
  return isDone;
}
