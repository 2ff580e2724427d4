/** ProxyOptions: what a proxy is started with. */
import type { ApiClient } from "../client/index.ts";
import type { Dataplane } from "../dataplane/dataplane.ts";
import type { Scheduler } from "../dataplane/ipvs/schedulers.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { ConntrackSettings, ProxyMode } from "./config/index.ts";
import type { AddressSource } from "./local-addresses.ts";
import type { PodDetection } from "./pod-detection.ts";

export interface ProxyOptions {
  readonly client: ApiClient;
  /** Name of this machine's Node object. */
  readonly nodeName: string;
  /** How it forwards; `userspace` if absent. */
  readonly mode?: ProxyMode;
  /** A dataplane that exists already; it is closed with the proxy. Prevails over `mode`. */
  readonly dataplane?: Dataplane;
  /** `primary` (the default), `all`, `localhost` or CIDRs, separated by commas where they are one text. */
  readonly nodePortAddresses?: string | readonly string[];
  /** The machine's own addresses; absent: those that the system tells, where they are needed. */
  readonly localAddresses?: AddressSource;
  /** Prevails over the Node's first address of its family as primary address. */
  readonly bindAddress?: string;
  /** How its pods are known; by the Node's podCIDRs if absent. */
  readonly podDetection?: PodDetection;
  /** Masquerade what pods send to cluster addresses, too. */
  readonly masqueradeAll?: boolean;
  /** Which bit of packets' marks a kernel mode may use. */
  readonly masqueradeBit?: number;
  /** How IPVS chooses, in that mode; `rr` if absent. */
  readonly ipvsScheduler?: Scheduler;
  /** Connection tracking's settings, for kernel modes; kube-proxy's defaults if absent. */
  readonly conntrack?: ConntrackSettings;
  /** How long two syncs are apart at least; 0 if absent. */
  readonly minSyncPeriodMs?: number;
  /** How often a kernel dataplane looks whether all is still there; 1 s if absent. */
  readonly syncPeriodMs?: number;
  /** Where /healthz and /livez are served, `127.0.0.1:10256` if absent; "" is nowhere. */
  readonly healthzBindAddress?: string;
  /** Where /metrics, /statusz and the like are served; nowhere if absent or "". */
  readonly metricsBindAddress?: string;
  /** Reject when one of the two addresses cannot be had, instead of trying again. */
  readonly bindAddressHardFail?: boolean;
  /** What /configz shows. */
  readonly configuration?: object;
  /** The file that it was read from: the proxy rejects when that says something else. */
  readonly configurationFile?: string;
  /** Serve Services that carry this name as `service.kubernetes.io/service-proxy-name`; absent: those without the label. */
  readonly proxyName?: string;
  /** How long established connections may go on after the signal; 0 if absent. */
  readonly graceMs?: number;
  /** Called once, when everything that the API held at the start is forwarded, or is reported as a problem. */
  readonly onReady?: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}
