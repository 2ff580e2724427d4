/** The process that a dataplane under test runs in, inside the node's namespace. A script of each dataplane calls `serveDataplane`. */
import type { ForwardingTable } from "../../forwarding/index.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { createManualClock, type ManualClock } from "../../lib/manual-clock.ts";
import type { ApplyReport, Dataplane } from "../dataplane.ts";
import { serve } from "./rpc.ts";

export type HostMethods = ReturnType<typeof hostMethods>;

/** `kernel`: the dataplane's timeouts are the kernel's, so time has to pass; `manual`: it takes a clock. */
export async function serveDataplane(
  time: "kernel" | "manual",
  open: (clock: Clock) => Promise<Dataplane>,
): Promise<void> {
  const manual = createManualClock();
  const dataplane = await open(time === "manual" ? manual : systemClock);
  serve(hostMethods(dataplane, time === "manual" ? manual : undefined));
}

function hostMethods(dataplane: Dataplane, manual: ManualClock | undefined) {
  return {
    apply: (table: ForwardingTable): Promise<ApplyReport> => dataplane.apply(table),
    async advance(ms: number): Promise<void> {
      if (manual) manual.advance(ms);
      else await new Promise<void>((resolve) => systemClock.after(ms, resolve));
    },
    close: (graceMs: number): Promise<void> => dataplane.close(graceMs),
  };
}
