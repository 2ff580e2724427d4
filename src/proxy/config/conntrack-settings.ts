/** Connection tracking's settings: what kube-proxy's configuration says, and what the kernel is told. Pure. */

/** Times are milliseconds. */
export interface ConntrackSettings {
  /** 0: the kernel's limit stays as it is, and `min` means nothing. */
  readonly maxPerCore?: number;
  readonly min?: number;
  /** 0: as it is. */
  readonly tcpEstablishedTimeout?: number;
  readonly tcpCloseWaitTimeout?: number;
  readonly udpTimeout?: number;
  readonly udpStreamTimeout?: number;
  readonly tcpBeLiberal?: boolean;
}

/** One setting of /proc/sys, with slashes. */
export interface Sysctl {
  readonly key: string;
  readonly value: number;
  /** Write it only where the kernel's is smaller. */
  readonly atLeast?: true;
}

const defaults = {
  maxPerCore: 32 * 1024,
  min: 128 * 1024,
  // A fifth of the kernel's own five days.
  tcpEstablishedTimeout: 24 * 3_600_000,
  // As long as servers usually leave a half-closed connection: kubernetes#32551.
  tcpCloseWaitTimeout: 3_600_000,
} as const;

/** On machines with very many cores: about 300 MB of kernel memory when full. */
const mostByCores = 1024 * 1024;

/** Returns the settings to be written, for a machine of so many cores. */
export function conntrackSysctls(settings: ConntrackSettings, cores: number): readonly Sysctl[] {
  const { maxPerCore, min, tcpEstablishedTimeout, tcpCloseWaitTimeout } = { ...defaults, ...settings };
  const max = maxPerCore > 0 ? Math.max(Math.min(maxPerCore * cores, mostByCores), min) : 0;
  const timeouts = {
    tcp_timeout_established: tcpEstablishedTimeout,
    tcp_timeout_close_wait: tcpCloseWaitTimeout,
    udp_timeout: settings.udpTimeout ?? 0,
    udp_timeout_stream: settings.udpStreamTimeout ?? 0,
  };
  return [
    ...(max > 0 ? [{ key: `${prefix}max`, value: max, atLeast: true as const }] : []),
    ...Object.entries(timeouts).flatMap(([name, ms]) =>
      ms > 0 ? [{ key: `${prefix}${name}`, value: Math.max(1, Math.floor(ms / 1000)) }] : [],
    ),
    ...(settings.tcpBeLiberal ? [{ key: `${prefix}tcp_be_liberal`, value: 1 }] : []),
  ];
}

const prefix = "net/netfilter/nf_conntrack_";
