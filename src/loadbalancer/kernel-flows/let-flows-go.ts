/**
 * Ends connections that the kernel carries and this machine can carry no longer, at moments at which that costs their clients nothing. No
 * socket belongs to them, so both sides are told that they are reset; a client that has nothing on its way opens a new one for what comes.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ForwardingTable } from "../../forwarding/index.ts";
import {
  type Conntrack,
  type NamespaceHandle,
  openPacketTap,
  openRawIpSocket,
  openRouteControl,
  type RawIpSocket,
} from "../../kernel/index.ts";
import type { Flow } from "../../netlink/conntrack/index.ts";
import { listOpenFlows } from "./open-flows.ts";
import { type Ending, probe, QuietFlows } from "./quiet-flows.ts";
import { buildSegment, RST, readSegment, type Segment, type SegmentEnds } from "./tcp-segment.ts";

/** Each has so long to come to such a moment. */
const mostMs = 1_000;
/** Who said nothing for so long is asked where it is. */
const silentMs = 500;
const lookMs = 1;

export interface LettingGo {
  readonly conntrack: Conntrack;
  /** Name of the link that clients come by. */
  readonly link: string;
  readonly namespace?: NamespaceHandle;
}

/** Resolves when all connections to the table's frontends are ended, or after a second. Throws SystemCallError, NetlinkError. */
export async function letFlowsGo(
  { conntrack, link, namespace }: LettingGo,
  table: ForwardingTable,
): Promise<void> {
  const flows = new QuietFlows(await listOpenFlows(conntrack, table));
  if (flows.size === 0) return;
  await using stack = new AsyncDisposableStack();
  const control = stack.use(await openRouteControl(namespace));
  const index = (await control.findLink(link))?.index;
  if (index === undefined) return;
  const sockets = {
    IPv4: stack.use(await openRawIpSocket("IPv4", namespace)),
    IPv6: stack.use(await openRawIpSocket("IPv6", namespace)),
  };
  const startedAt = performance.now();
  let moment = { afterMs: startedAt, beforeMs: startedAt };
  const see = (packet: Uint8Array) => {
    const segment = readSegment(packet);
    if (segment) flows.see(segment, moment);
  };
  const tap = stack.use(await openPacketTap(index, see, namespace));
  for (let now = startedAt; flows.size > 0 && now - startedAt < mostMs; now = performance.now()) {
    // A question that has come is known before its connection is ended.
    moment = { afterMs: moment.beforeMs, beforeMs: now };
    tap.drain();
    const endings = flows.take(now);
    for (const ending of endings) end(sockets[ending.flow.family], ending);
    if (endings.length > 0) await conntrack.deleteFlows(endings.map(({ flow }) => flow));
    if (now - startedAt > silentMs)
      for (const flow of flows.takeSilent(now, silentMs)) send(sockets[flow.family], toClient(flow), probe);
    await delay(lookMs);
  }
}

function end(socket: RawIpSocket, { flow, toClient: next, fromClient }: Ending): void {
  send(socket, toClient(flow), { flags: RST, sequence: next });
  send(socket, toBackend(flow), { flags: RST, sequence: fromClient });
}

function send(
  socket: RawIpSocket,
  ends: SegmentEnds,
  { flags, sequence }: Pick<Segment, "flags" | "sequence">,
): void {
  socket.send(buildSegment(ends, flags, sequence), ends.destination);
}

/** As the client knows the connection. */
function toClient({ original }: Flow): SegmentEnds {
  return {
    source: original.destination,
    sourcePort: original.destinationPort ?? 0,
    destination: original.source,
    destinationPort: original.sourcePort ?? 0,
  };
}

/** As the backend knows the connection. */
function toBackend({ reply }: Flow): SegmentEnds {
  return {
    source: reply.destination,
    sourcePort: reply.destinationPort ?? 0,
    destination: reply.source,
    destinationPort: reply.sourcePort ?? 0,
  };
}
