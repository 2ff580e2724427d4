/** A kernel dataplane that takes over from whatever mode forwarded before it. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Logger } from "../lib/log.ts";
import { type KernelMode, type KernelModeName, kernelModes } from "./kernel-modes.ts";

/** What cannot be removed three times will not go by itself. */
const ATTEMPTS = 3;

/**
 * Returns a dataplane that, once its first table is in force, removes what other modes left in the kernel: until then they forward, and both
 * lead packets by the same Services, so that nobody notices. Nobody waits for it. What cannot be removed is logged, and tried again with the
 * next tables.
 */
export function takeOver(dataplane: Dataplane, mode: KernelModeName, log: Logger): Dataplane {
  let attempts = 0;
  let running: Promise<void> | undefined;
  const start = () => {
    if (running || attempts === ATTEMPTS) return;
    attempts += 1;
    running = removeOthers(mode, log).then((isDone) => {
      if (isDone) attempts = ATTEMPTS;
      running = undefined;
    });
  };
  return {
    name: dataplane.name,
    async apply(next) {
      const report = await dataplane.apply(next);
      start();
      return report;
    },
    ...(dataplane.heal && { heal: () => dataplane.heal?.() ?? Promise.resolve() }),
    ...(dataplane.counters && { counters: () => dataplane.counters?.() ?? new Map() }),
    async close(graceMs) {
      await running;
      await dataplane.close(graceMs);
    },
  };
}

/** Says whether nothing is left of them. */
async function removeOthers(mode: KernelModeName, log: Logger): Promise<boolean> {
  const others: readonly (readonly [string, KernelMode])[] = Object.entries(kernelModes);
  let isDone = true;
  for (const [name, other] of others) {
    if (name === mode) continue;
    try {
      const removed = await other.cleanUp();
      if (removed.length > 0) log.debug("Removed what another mode left", { mode: name, removed });
    } catch (error) {
      isDone = false;
      const { message } = error as Error;
      log.warn("Cannot remove what another mode left in the kernel", { mode: name, error: message });
    }
  }
  return isDone;
}
