/** Messages about flows, include/uapi/linux/netfilter/nfnetlink_conntrack.h (kernel 6.12). */
import { ipAddress } from "../address-codec.ts";
import {
  attr,
  attributes,
  fixed,
  headed,
  messageFormat,
  nested,
  optional,
  u8,
  u16be,
  u32be,
  u32host,
  u64be,
} from "../codec/index.ts";

const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_STATUS = 3;
const CTA_TIMEOUT = 7;
const CTA_MARK = 8;
const CTA_COUNTERS_ORIG = 9;
const CTA_COUNTERS_REPLY = 10;
const CTA_ID = 12;
const CTA_ZONE = 18;
const CTA_FILTER = 25;
const CTA_STATUS_MASK = 26;

const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_IP_V4_DST = 2;
const CTA_IP_V6_SRC = 3;
const CTA_IP_V6_DST = 4;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_SRC_PORT = 2;
const CTA_PROTO_DST_PORT = 3;
const CTA_COUNTERS_PACKETS = 1;
const CTA_COUNTERS_BYTES = 2;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
const CTA_STATS_GLOBAL_ENTRIES = 1;
const CTA_STATS_GLOBAL_MAX_ENTRIES = 2;

// include/uapi/linux/netfilter/nfnetlink.h: a message's type is its subsystem and its number there.
const NFNL_SUBSYS_CTNETLINK = 1 << 8;
export const IPCTNL_MSG_CT_NEW = NFNL_SUBSYS_CTNETLINK | 0;
export const IPCTNL_MSG_CT_GET = NFNL_SUBSYS_CTNETLINK | 1;
export const IPCTNL_MSG_CT_DELETE = NFNL_SUBSYS_CTNETLINK | 2;
export const IPCTNL_MSG_CT_GET_STATS = NFNL_SUBSYS_CTNETLINK | 5;

/** Groups of events. */
export const NFNLGRP_CONNTRACK_NEW = 1;
export const NFNLGRP_CONNTRACK_DESTROY = 3;

/** `struct nfgenmsg` */
const header = fixed({ family: u8, version: u8, resource: u16be });

const tuple = nested({
  ip: attr(
    CTA_TUPLE_IP,
    optional(
      nested({
        source4: attr(CTA_IP_V4_SRC, optional(ipAddress)),
        destination4: attr(CTA_IP_V4_DST, optional(ipAddress)),
        source6: attr(CTA_IP_V6_SRC, optional(ipAddress)),
        destination6: attr(CTA_IP_V6_DST, optional(ipAddress)),
      }),
    ),
  ),
  protocol: attr(
    CTA_TUPLE_PROTO,
    optional(
      nested({
        number: attr(CTA_PROTO_NUM, u8),
        sourcePort: attr(CTA_PROTO_SRC_PORT, optional(u16be)),
        destinationPort: attr(CTA_PROTO_DST_PORT, optional(u16be)),
      }),
    ),
  ),
});

const counters = nested({
  packets: attr(CTA_COUNTERS_PACKETS, optional(u64be)),
  bytes: attr(CTA_COUNTERS_BYTES, optional(u64be)),
});

const body = headed(
  header,
  attributes({
    original: attr(CTA_TUPLE_ORIG, optional(tuple)),
    reply: attr(CTA_TUPLE_REPLY, optional(tuple)),
    zone: attr(CTA_ZONE, optional(u16be)),
    status: attr(CTA_STATUS, optional(u32be)),
    statusMask: attr(CTA_STATUS_MASK, optional(u32be)),
    timeout: attr(CTA_TIMEOUT, optional(u32be)),
    mark: attr(CTA_MARK, optional(u32be)),
    originalCounters: attr(CTA_COUNTERS_ORIG, optional(counters)),
    replyCounters: attr(CTA_COUNTERS_REPLY, optional(counters)),
    id: attr(CTA_ID, optional(u32be)),
    /** Alone among these numbers in the machine's byte order. */
    filter: attr(
      CTA_FILTER,
      optional(
        nested({
          original: attr(CTA_FILTER_ORIG_FLAGS, optional(u32host)),
          reply: attr(CTA_FILTER_REPLY_FLAGS, optional(u32host)),
        }),
      ),
    ),
  }),
);

export const newFlow = messageFormat("CT_NEW", IPCTNL_MSG_CT_NEW, body);
export const getFlow = messageFormat("CT_GET", IPCTNL_MSG_CT_GET, body);
export const deleteFlow = messageFormat("CT_DELETE", IPCTNL_MSG_CT_DELETE, body);

export const flowStatistics = messageFormat(
  "CT_GET_STATS",
  IPCTNL_MSG_CT_GET_STATS,
  headed(
    header,
    attributes({
      entries: attr(CTA_STATS_GLOBAL_ENTRIES, optional(u32be)),
      maximum: attr(CTA_STATS_GLOBAL_MAX_ENTRIES, optional(u32be)),
    }),
  ),
);
