/** How IPVS chooses among a virtual server's real servers: its schedulers, net/netfilter/ipvs/ip_vs_*.c (kernel 6.1). */
import { IP_VS_SVC_F_SCHED_FALLBACK, IP_VS_SVC_F_SCHED_PORT } from "../../netlink/ipvs/index.ts";

/** kube-proxy's `--ipvs-scheduler` names the same. */
export const schedulers = ["rr", "wrr", "lc", "wlc", "sh", "dh", "mh", "nq", "sed"] as const;
export type Scheduler = (typeof schedulers)[number];

export const defaultScheduler: Scheduler = "rr";

/**
 * IP_VS_SVC_F_SCHED3, which no scheduler gives a meaning to: it tells Porthole's virtual servers from others'. `ipvsadm` prints it
 * as `flag-3`.
 */
export const OURS = 0x20;

/**
 * Those that hash go on to the next real server where the one that was hashed takes no more connections; mh counts the client's port
 * in, as kube-proxy has it, since else all of a NAT's clients are one.
 */
const flags: Readonly<Partial<Record<Scheduler, number>>> = {
  sh: IP_VS_SVC_F_SCHED_FALLBACK,
  mh: IP_VS_SVC_F_SCHED_FALLBACK | IP_VS_SVC_F_SCHED_PORT,
};

export function schedulerFlags(scheduler: Scheduler): number {
  return OURS | (flags[scheduler] ?? 0);
}

/** Whether a real server may stay with weight 0: `dh` would go on to choose it, and refuse the client. */
export function canDrain(scheduler: Scheduler): boolean {
  return scheduler !== "dh";
}

/** Throws SyntaxError if there is no such scheduler. */
export function parseScheduler(text: string): Scheduler {
  const found = schedulers.find((name) => name === text);
  if (found) return found;
  throw new SyntaxError(`Cannot use the IPVS scheduler "${text}": there are ${schedulers.join(", ")}`);
}
