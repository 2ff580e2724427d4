/** IPVS as values: virtual servers, and the real servers that each of them chooses from. */

export type IpvsFamily = "IPv4" | "IPv6";

/** What packets a virtual server takes: those to an address and port, or those that carry a mark. */
export type IpvsPlace =
  | { readonly family: IpvsFamily; readonly fwmark: number }
  | {
      readonly family: IpvsFamily;
      /** Of the IP header: 6 TCP, 17 UDP, 132 SCTP. */
      readonly protocol: number;
      readonly address: string;
      readonly port: number;
    };

export interface IpvsServer {
  readonly place: IpvsPlace;
  readonly scheduler: string;
  /** A client stays with its real server for so long after its last connection (ipvsadm -p); absent: it does not. */
  readonly persistenceSeconds?: number;
  /** Bits IP_VS_SVC_F_SCHED…: what they mean is the scheduler's. */
  readonly schedulerFlags?: number;
}

export interface IpvsRealServer {
  readonly address: string;
  /** 0 for a virtual server by mark: the port that the client asked for. */
  readonly port: number;
  /** 0: no new connections. */
  readonly weight: number;
}

/** What the kernel tells of a real server. */
export interface IpvsRealServerState extends IpvsRealServer {
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
}

/** What a virtual server has carried since it is there. */
export interface IpvsCounters {
  readonly connections: bigint;
  readonly packetsIn: bigint;
  readonly packetsOut: bigint;
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}

export interface IpvsServerState extends IpvsServer {
  readonly counters?: IpvsCounters;
}

// include/uapi/linux/ip_vs.h: what sh and mh make of the flags.
/** Where the chosen server has weight 0, another is taken. */
export const IP_VS_SVC_F_SCHED_FALLBACK = 0x08;
/** The client's port is hashed, too. */
export const IP_VS_SVC_F_SCHED_PORT = 0x10;

/** Identifies a virtual server, as errors name it. */
export function formatIpvsPlace(place: IpvsPlace): string {
  if ("fwmark" in place) return `mark ${place.fwmark} (${place.family})`;
  const { protocol, address, port } = place;
  return `${protocolNames.get(protocol) ?? protocol} ${address.includes(":") ? `[${address}]` : address}:${port}`;
}

const protocolNames: ReadonlyMap<number, string> = new Map([
  [6, "TCP"],
  [17, "UDP"],
  [132, "SCTP"],
]);
