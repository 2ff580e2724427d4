/** A flow as connection tracking sees it. */

/** One direction of a flow. */
export interface FlowTuple {
  readonly source: string;
  readonly destination: string;
  /** Absent for protocols without ports. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** What went one way; bytes with the headers of IP. */
export interface FlowCounters {
  readonly packets: number;
  readonly bytes: number;
}

export interface Flow {
  readonly family: "IPv4" | "IPv6";
  /** Of the IP header: 6 TCP, 17 UDP, 132 SCTP. */
  readonly protocol: number;
  /** As the first packet came in: its destination is what the client asked for. */
  readonly original: FlowTuple;
  /** As answers come in: their source is who serves the flow, their destination the client or who stands in for it. */
  readonly reply: FlowTuple;
  /** Bits, IPS_SEEN_REPLY and so on. */
  readonly status: number;
  /** Flows of another zone than 0 are kept apart from all others by who put them there. */
  readonly zone: number;
  readonly mark: number;
  /** Until it is forgotten if no packet comes. */
  readonly timeoutSeconds: number;
  /** Where the kernel counts (net/netfilter/nf_conntrack_acct), flows that began since it does. */
  readonly counters?: { readonly original: FlowCounters; readonly reply: FlowCounters };
  /** Tells the flow from a later one with the same tuples. */
  readonly id?: number;
}

// include/uapi/linux/netfilter/nf_conntrack_common.h, enum ip_conntrack_status
export const IPS_SEEN_REPLY = 0x02;
export const IPS_ASSURED = 0x04;
export const IPS_SRC_NAT = 0x10;
export const IPS_DST_NAT = 0x20;
/** It is being taken away. */
export const IPS_DYING = 0x200;

// include/uapi/linux/in.h
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_SCTP = 132;
