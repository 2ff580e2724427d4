/** How IPVS chooses among a virtual server's real servers: its schedulers, net/netfilter/ipvs/ip_vs_*.c (kernel 6.1). */

/** kube-proxy's `--ipvs-scheduler` names the same. */
export const schedulers = ["rr", "wrr", "lc", "wlc", "sh", "dh", "mh", "nq", "sed"] as const;
export type Scheduler = (typeof schedulers)[number];

export const defaultScheduler: Scheduler = "rr";

export function isScheduler(text: string): text is Scheduler {
  return (schedulers as readonly string[]).includes(text);
}

/** Whether a real server may stay with weight 0: `dh` would go on to choose it, and refuse the client. */
export function canDrain(scheduler: Scheduler): boolean {
  return scheduler !== "dh";
}
