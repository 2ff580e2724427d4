/** Waits for the connections that the kernel carries to frontends. */
import { type ForwardingTable, joinHostPort } from "../forwarding/index.ts";
import type { Conntrack } from "../kernel/index.ts";
import type { Clock } from "../lib/clock.ts";
import { IPPROTO_TCP, IPS_ASSURED, IPS_DST_NAT, IPS_DYING } from "../netlink/conntrack/index.ts";

/** PERF: the kernel lists all flows each time. */
const lookMs = 500;
/** Connections that have ended are remembered for so long (net/netfilter/nf_conntrack_proto_tcp.c, tcp_timeouts), others for longer. */
const endedSeconds = 120;

/** Resolves when no TCP connection to the table's frontends is left, or after `graceMs`. Throws NetlinkError. */
export async function untilFlowsEnd(
  conntrack: Pick<Conntrack, "visitFlows">,
  { frontends }: ForwardingTable,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  const places = new Set(
    [...frontends.values()].map(({ address, port }) => address !== undefined && joinHostPort(address, port)),
  );
  const deadline = clock.now() + graceMs;
  for (;;) {
    let open = 0;
    await conntrack.visitFlows({ status: IPS_ASSURED | IPS_DST_NAT, withoutStatus: IPS_DYING }, (flow) => {
      const { destination, destinationPort = 0 } = flow.original;
      if (flow.protocol !== IPPROTO_TCP || flow.timeoutSeconds <= endedSeconds) return;
      if (places.has(joinHostPort(destination, destinationPort))) open += 1;
    });
    const left = deadline - clock.now();
    if (open === 0 || left <= 0) return;
    await new Promise<void>((resolve) => clock.after(Math.min(lookMs, left), resolve));
  }
}
