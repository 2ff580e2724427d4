/** The flags that a virtual server is made with. */
import { IP_VS_SVC_F_SCHED_FALLBACK, IP_VS_SVC_F_SCHED_PORT } from "../../netlink/ipvs/index.ts";
import type { Scheduler } from "./schedulers.ts";

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
