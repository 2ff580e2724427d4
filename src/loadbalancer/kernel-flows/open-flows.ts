/** The TCP connections that the kernel carries to frontends. */
import { type ForwardingTable, joinHostPort } from "../../forwarding/index.ts";
import type { Conntrack } from "../../kernel/index.ts";
import {
  type Flow,
  IPPROTO_TCP,
  IPS_ASSURED,
  IPS_DST_NAT,
  IPS_DYING,
} from "../../netlink/conntrack/index.ts";

/** Connections that have ended are remembered for so long (net/netfilter/nf_conntrack_proto_tcp.c, tcp_timeouts), others for longer. */
const endedSeconds = 120;

/** PERF: the kernel lists all flows. Throws NetlinkError. */
export async function listOpenFlows(
  conntrack: Pick<Conntrack, "visitFlows">,
  { frontends }: ForwardingTable,
): Promise<readonly Flow[]> {
  const places = new Set(
    [...frontends.values()].map(({ address, port }) => address !== undefined && joinHostPort(address, port)),
  );
  const open: Flow[] = [];
  await conntrack.visitFlows({ status: IPS_ASSURED | IPS_DST_NAT, withoutStatus: IPS_DYING }, (flow) => {
    const { destination, destinationPort = 0 } = flow.original;
    if (flow.protocol !== IPPROTO_TCP || flow.timeoutSeconds <= endedSeconds) return;
    if (places.has(joinHostPort(destination, destinationPort))) open.push(flow);
  });
  return open;
}
