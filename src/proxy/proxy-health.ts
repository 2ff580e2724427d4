/** ProxyHealth: what /healthz and /livez say of this proxy. */
import type { Clock } from "../lib/clock.ts";
import type { SyncLoop } from "./sync-loop.ts";

export interface ProxyHealth {
  /** Changes are taken up in time. An idle proxy is healthy, and so is one whose API server is gone. */
  isLive(): boolean;
  /** It is live, has forwarded at least once, and load balancers should send new connections to this node. */
  isReady(): boolean;
  /** kube-proxy's answer. */
  report(): object;
}

/** As kube-proxy: twice its sync period. */
const lateAfterMs = 60_000;

export function createProxyHealth(
  loop: Pick<SyncLoop, "waitingSince" | "lastSyncedAt">,
  clock: Clock,
  isNodeEligible: () => boolean,
): ProxyHealth {
  const isLive = () => clock.now() - (loop.waitingSince ?? clock.now()) < lateAfterMs;
  return {
    isLive,
    isReady: () => isLive() && loop.lastSyncedAt !== undefined && isNodeEligible(),
    report() {
      const now = clock.now();
      // For a healthy proxy kube-proxy says "now": readers of old took an old time for a failure.
      const lastUpdated = isLive() ? now : (loop.lastSyncedAt ?? 0);
      return {
        lastUpdated: new Date(lastUpdated).toISOString(),
        currentTime: new Date(now).toISOString(),
        healthy: isLive(),
        nodeEligible: isNodeEligible(),
      };
    },
  };
}
