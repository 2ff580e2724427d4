/** What is asked of connection tracking, and how its answers read. */
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST, readMessageHeader } from "../codec/index.ts";
import type { Flow, FlowCounters, FlowTuple } from "./flow.ts";
import {
  deleteFlow,
  flowStatistics,
  getFlow,
  IPCTNL_MSG_CT_DELETE,
  IPCTNL_MSG_CT_NEW,
  newFlow,
} from "./flow-message.ts";

// include/linux/socket.h
const AF_INET = 2;
const AF_INET6 = 10;
const families = { IPv4: AF_INET, IPv6: AF_INET6 } as const;

// net/netfilter/nf_internals.h: which parts of a tuple the kernel compares in a list (kernel 5.8).
const CTA_FILTER_F_CTA_IP_DST = 1 << 1;
const CTA_FILTER_F_CTA_PROTO_NUM = 1 << 3;
const CTA_FILTER_F_CTA_PROTO_DST_PORT = 1 << 5;

/** Which flows to list; what is left out is not compared. */
export interface FlowFilter {
  readonly family?: Flow["family"];
  readonly protocol?: number;
  /** Where the first packet went, before translation. */
  readonly destination?: string;
  /** Needs `protocol`. */
  readonly destinationPort?: number;
  /** Bits that must be set, IPS_DST_NAT and so on. */
  readonly status?: number;
  /** Bits that must not be set. */
  readonly withoutStatus?: number;
}

/**
 * Asks for flows. PERF: give the family, or the kernel compares nothing but `status`. NOTE: a kernel that does not know a filter ignores
 * it, so ask matchesFilter of what comes.
 */
export function encodeListFlows(filter: FlowFilter = {}): Uint8Array {
  const { protocol, destination, destinationPort, status, withoutStatus } = filter;
  if (destinationPort !== undefined && protocol === undefined)
    throw new TypeError("Cannot list flows by a port alone: give the protocol too");
  const parts = partsOf(filter);
  const original = {
    ...(destination !== undefined &&
      (parts & CTA_FILTER_F_CTA_IP_DST) !== 0 && { ip: { destination4: destination } }),
    ...(protocol !== undefined && {
      protocol: { number: protocol, ...(destinationPort !== undefined && { destinationPort }) },
    }),
  };
  return getFlow.encode(
    {
      ...headerOf(filter.family),
      ...(parts !== 0 && { original, filter: { original: parts } }),
      ...((status ?? withoutStatus) !== undefined && {
        status: status ?? 0,
        statusMask: (status ?? 0) | (withoutStatus ?? 0),
      }),
    },
    { flags: NLM_F_REQUEST | NLM_F_DUMP },
  );
}

/**
 * What the kernel can compare: nothing without a family, and no IPv6 addresses, since it lists all flows but those that are asked for
 * (net/netfilter/nf_conntrack_netlink.c, ctnetlink_filter_match_tuple, seen with kernel 6.18).
 */
function partsOf({ family, destination, protocol, destinationPort }: FlowFilter): number {
  if (family === undefined) return 0;
  return (
    (destination === undefined || family === "IPv6" ? 0 : CTA_FILTER_F_CTA_IP_DST) |
    (protocol === undefined ? 0 : CTA_FILTER_F_CTA_PROTO_NUM) |
    (destinationPort === undefined ? 0 : CTA_FILTER_F_CTA_PROTO_DST_PORT)
  );
}

export function matchesFilter(flow: Flow, filter: FlowFilter): boolean {
  const { family, protocol, destination, destinationPort, status = 0, withoutStatus = 0 } = filter;
  return (
    (family === undefined || flow.family === family) &&
    (protocol === undefined || flow.protocol === protocol) &&
    (destination === undefined || flow.original.destination === destination) &&
    (destinationPort === undefined || flow.original.destinationPort === destinationPort) &&
    (flow.status & status) === status &&
    (flow.status & withoutStatus) === 0
  );
}

/** Deletes one flow of a protocol with ports; refused with ENOENT if it is gone, or if there is a later one in its place. */
export function encodeDeleteFlow(flow: Flow): Uint8Array {
  const { family, protocol, original, zone, id } = flow;
  const value = {
    ...headerOf(family),
    original: toTuple(family, protocol, original),
    ...(zone !== 0 && { zone }),
    ...(id !== undefined && { id }),
  };
  return deleteFlow.encode(value, { flags: NLM_F_REQUEST | NLM_F_ACK });
}

/** Asks how many flows there are. */
export function encodeCountFlows(): Uint8Array {
  return flowStatistics.encode(headerOf(undefined), { flags: NLM_F_REQUEST });
}

/** Reads the answer to encodeCountFlows; `maximum` is told since kernel 5.9. */
export function decodeFlowCount(message: Uint8Array): {
  readonly entries: number;
  readonly maximum?: number;
} {
  const { entries = 0, maximum } = flowStatistics.decode(message);
  return { entries, ...(maximum !== undefined && { maximum }) };
}

export interface FlowEvent {
  readonly kind: "added" | "removed";
  readonly flow: Flow;
}

/** Reads a message of a list or an event; undefined if it is about something else. */
export function decodeFlowEvent(message: Uint8Array): FlowEvent | undefined {
  const { type } = readMessageHeader(message);
  if (type !== IPCTNL_MSG_CT_NEW && type !== IPCTNL_MSG_CT_DELETE) return undefined;
  const value = newFlow.decode(message);
  const original = fromTuple(value.original);
  const reply = fromTuple(value.reply);
  const protocol = value.original?.protocol?.number;
  if (!original || !reply || protocol === undefined) return undefined;
  return {
    kind: type === IPCTNL_MSG_CT_NEW ? "added" : "removed",
    flow: {
      family: value.family === AF_INET6 ? "IPv6" : "IPv4",
      protocol,
      original,
      reply,
      status: value.status ?? 0,
      zone: value.zone ?? 0,
      mark: value.mark ?? 0,
      timeoutSeconds: value.timeout ?? 0,
      ...(value.originalCounters && {
        counters: {
          original: fromCounters(value.originalCounters),
          reply: fromCounters(value.replyCounters ?? {}),
        },
      }),
      ...(value.id !== undefined && { id: value.id }),
    },
  };
}

function headerOf(family: Flow["family"] | undefined) {
  return { family: family === undefined ? 0 : families[family], version: 0, resource: 0 };
}

function toTuple(family: Flow["family"], protocol: number, tuple: FlowTuple) {
  const { source, destination, sourcePort, destinationPort } = tuple;
  if (sourcePort === undefined || destinationPort === undefined)
    throw new TypeError(`Cannot delete a flow of protocol ${protocol}: it has no ports`);
  return {
    ip:
      family === "IPv6"
        ? { source6: source, destination6: destination }
        : { source4: source, destination4: destination },
    protocol: { number: protocol, sourcePort, destinationPort },
  };
}

function fromCounters({ packets = 0n, bytes = 0n }: { packets?: bigint; bytes?: bigint }): FlowCounters {
  return { packets: Number(packets), bytes: Number(bytes) };
}

function fromTuple(tuple: ReturnType<typeof newFlow.decode>["original"]): FlowTuple | undefined {
  const source = tuple?.ip?.source4 ?? tuple?.ip?.source6;
  const destination = tuple?.ip?.destination4 ?? tuple?.ip?.destination6;
  if (source === undefined || destination === undefined) return undefined;
  const { sourcePort, destinationPort } = tuple?.protocol ?? {};
  return {
    source,
    destination,
    ...(sourcePort !== undefined && { sourcePort }),
    ...(destinationPort !== undefined && { destinationPort }),
  };
}
