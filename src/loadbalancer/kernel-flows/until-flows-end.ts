/** Waits for the connections that the kernel carries to frontends. */
import type { ForwardingTable } from "../../forwarding/index.ts";
import type { Conntrack } from "../../kernel/index.ts";
import type { Clock } from "../../lib/clock.ts";
import { listOpenFlows } from "./open-flows.ts";

const lookMs = 500;

/** Resolves when no TCP connection to the table's frontends is left, or after `graceMs`. Throws NetlinkError. */
export async function untilFlowsEnd(
  conntrack: Pick<Conntrack, "visitFlows">,
  table: ForwardingTable,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  const deadline = clock.now() + graceMs;
  for (;;) {
    const open = await listOpenFlows(conntrack, table);
    const left = deadline - clock.now();
    if (open.length === 0 || left <= 0) return;
    await new Promise<void>((resolve) => clock.after(Math.min(lookMs, left), resolve));
  }
}
