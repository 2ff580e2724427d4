/** Looks again and again whether somebody else changed what a dataplane has made so. */
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { wait } from "../lib/wait.ts";

export interface HealOptions {
  readonly everyMs: number;
  readonly log: Logger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Until the signal fires; a look that fails is logged. */
export async function healNowAndThen(
  dataplane: Pick<Dataplane, "heal">,
  { everyMs, log, clock, signal }: HealOptions,
): Promise<void> {
  if (!dataplane.heal) return;
  for (;;) {
    await wait(clock, everyMs, signal);
    if (signal.aborted) return;
    try {
      await dataplane.heal();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      log.error("Cannot look whether all is still forwarded", { error: text });
    }
  }
}
