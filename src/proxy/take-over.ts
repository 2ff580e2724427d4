/** A kernel dataplane that takes over from whatever mode forwarded before it. */
import { countersOf } from "../dataplane/counters-of.ts";
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Logger } from "../lib/log.ts";
import { type KernelMode, type KernelModeName, kernelModes } from "./kernel-modes.ts";

/** What cannot be removed three times will not go by itself. */
const ATTEMPTS = 3;

type Outcome = "done" | "failed" | "connections left";

/**
 * Returns a dataplane that, once its first table is in force, removes what other modes left in the kernel: until then they forward, and both
 * lead packets by the same Services, so that nobody notices. Nobody waits for it. What cannot be removed is logged, and tried again with the
 * next tables; what connections still need is looked after until they are gone.
 */
export function takeOver(dataplane: Dataplane, mode: KernelModeName, log: Logger): Dataplane {
  let attempts = 0;
  let isDraining = false;
  let running: Promise<void> | undefined;
  const start = () => {
    if (running || attempts === ATTEMPTS) return;
    attempts += 1;
    running = removeOthers(mode, log).then((outcome) => {
      isDraining = outcome === "connections left";
      if (outcome === "done") attempts = ATTEMPTS;
      if (isDraining) attempts -= 1;
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
    ...(dataplane.heal && {
      heal: async () => {
        await dataplane.heal?.();
        if (isDraining) start();
      },
    }),
    ...countersOf(dataplane),
    async close(graceMs) {
      await running;
      await dataplane.close(graceMs);
    },
  };
}

async function removeOthers(mode: KernelModeName, log: Logger): Promise<Outcome> {
  const others: readonly (readonly [string, KernelMode])[] = Object.entries(kernelModes);
  const outcomes = new Set<Outcome>();
  for (const [name, other] of others) if (name !== mode) outcomes.add(await removeOther(name, other, log));
  if (outcomes.has("failed")) return "failed";
  return outcomes.has("connections left") ? "connections left" : "done";
}

async function removeOther(mode: string, other: KernelMode, log: Logger): Promise<Outcome> {
  try {
    if (other.drain) return (await other.drain()) ? "done" : "connections left";
    const removed = await other.cleanUp();
    if (removed.length > 0) log.debug("Removed what another mode left", { mode, removed });
    return "done";
  } catch (error) {
    const { message } = error as Error;
    log.warn("Cannot remove what another mode left in the kernel", { mode, error: message });
    return "failed";
  }
}
