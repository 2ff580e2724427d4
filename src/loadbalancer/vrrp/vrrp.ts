/** What a program asks of virtual routers on a link, and what it is told. */
import type { NamespaceHandle } from "../../kernel/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { Ipv4Checksum } from "./advertisement.ts";
import type { VrrpFault } from "./fault-log.ts";
import type { VrrpState } from "./state-machine.ts";
import type { VirtualRouter } from "./virtual-router.ts";

export interface RouterStatus {
  readonly router: VirtualRouter;
  /** `active` and `leaving` routers have the addresses. */
  readonly state: VrrpState["kind"];
  readonly previous: VrrpState["kind"];
}

export interface VrrpStatus {
  readonly routers: readonly { readonly router: VirtualRouter; readonly state: VrrpState["kind"] }[];
  readonly healthy: boolean;
  /** How often what was wrong; see VrrpFault. */
  readonly faults: ReadonlyMap<VrrpFault, number>;
}

export interface VrrpOptions {
  /** Name of the link. It may come, go and change while this runs. */
  readonly interface: string;
  readonly routers: readonly VirtualRouter[];
  readonly log: Logger;
  /** Ends it: the addresses are handed over to whoever is next. */
  readonly signal: AbortSignal;
  /** The process's own if left out. */
  readonly namespace?: NamespaceHandle;
  readonly clock?: Clock;
  /** Default: `pseudo-header`, as keepalived and FRR send and expect it. Both are understood. */
  readonly ipv4Checksum?: Ipv4Checksum;
  /** False: it starts without taking part, until setHealthy(true). Default: true. */
  readonly healthy?: boolean;
  /**
   * How long connections that began here may go on after another machine has the addresses: these stay until then, without anybody noticing
   * but the other machine, if it runs this, too, which passes the packets back. Default: 0, they end.
   */
  readonly lingerMs?: number;
  /** A router has changed its state; addresses are there, or gone, when it is called. */
  readonly onState?: (status: RouterStatus) => void;
}

export interface Vrrp {
  /** From now on these and no others; those that are there already go on undisturbed. Throws RangeError as checkRouters. */
  setRouters(routers: readonly VirtualRouter[]): void;
  /** False: this machine can do nothing with the addresses, so it hands them over and takes none. */
  setHealthy(healthy: boolean): void;
  status(): VrrpStatus;
  /** Resolves when the signal has fired and another machine has the addresses, or none wants them. */
  readonly handedOver: Promise<void>;
  /** No connection needs addresses any more that are another machine's now. */
  release(): void;
  /** Resolves when the signal has fired and all addresses are gone from here. */
  readonly ended: Promise<void>;
}
