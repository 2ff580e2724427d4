/** Limits: the bounds of everything that could grow or wait in the userspace dataplane. */
export interface Limits {
  /** TCP connections at once; further ones are reset. */
  readonly connections: number;
  /** UDP flows at once; the one that was quiet longest makes room. */
  readonly udpFlows: number;
  /** A UDP flow that was never answered ends after this; conntrack's `nf_conntrack_udp_timeout`. */
  readonly udpTimeoutMs: number;
  /** A UDP flow that was answered ends after this; conntrack's `nf_conntrack_udp_timeout_stream`. */
  readonly udpStreamTimeoutMs: number;
  /** Datagrams that wait in this process for one UDP socket, in bytes; more are lost, as in a full queue of the kernel. */
  readonly udpQueueBytes: number;
  /** How long one backend may take to accept a connection, and how many are tried. */
  readonly connectTimeoutMs: number;
  readonly connectAttempts: number;
  /** Idle time after which the kernel asks whether a peer is still there. */
  readonly keepAliveMs: number;
  /** Clients that each Service port remembers for session affinity. */
  readonly affinityClients: number;
  /** Clients that are kept waiting in silence where the kernel cannot drop them, and for how long. */
  readonly heldClients: number;
  readonly heldMs: number;
  /** How long an address that is not on this machine is left alone before it is tried again. */
  readonly addressRetryMs: number;
}

export const defaultLimits: Limits = {
  connections: 100_000,
  udpFlows: 8192,
  udpTimeoutMs: 30_000,
  udpStreamTimeoutMs: 120_000,
  udpQueueBytes: 1 << 20,
  connectTimeoutMs: 3000,
  connectAttempts: 3,
  keepAliveMs: 60_000,
  affinityClients: 16_384,
  heldClients: 256,
  heldMs: 60_000,
  addressRetryMs: 30_000,
};
