/** The process that a dataplane under test runs in, inside the node's namespace. A script of each dataplane calls `serveDataplane`. */
import type { ForwardingTable } from "../../forwarding/index.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { createManualClock, type ManualClock } from "../../lib/manual-clock.ts";
import type { ApplyReport, Dataplane } from "../dataplane.ts";
import { serve } from "./rpc.ts";

export type HostMethods = ReturnType<typeof hostMethods>;

/** `kernel`: the dataplane's timeouts are the kernel's, so time has to pass; `manual`: it takes a clock. */
export function serveDataplane(time: "kernel" | "manual", open: (clock: Clock) => Promise<Dataplane>): void {
  serve(hostMethods(time === "manual" ? createManualClock() : undefined, open));
}

function hostMethods(manual: ManualClock | undefined, open: (clock: Clock) => Promise<Dataplane>) {
  let current: Dataplane | undefined;
  const dataplane = () => {
    if (!current) throw new Error("Cannot use the dataplane: it is not open");
    return current;
  };
  return {
    async open(_: null): Promise<void> {
      current = await open(manual ?? systemClock);
    },
    apply: (table: ForwardingTable): Promise<ApplyReport> => dataplane().apply(table),
    async advance(ms: number): Promise<void> {
      if (manual) manual.advance(ms);
      else await new Promise<void>((resolve) => systemClock.after(ms, resolve));
    },
    async close(graceMs: number): Promise<void> {
      await dataplane().close(graceMs);
      current = undefined;
    },
  };
}
