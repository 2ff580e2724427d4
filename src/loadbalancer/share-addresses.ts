/** Shares the frontends' addresses with other balancers of a link: each address is at one of them, and moves when that one fails. */
import type { NamespaceHandle } from "../kernel/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { runVrrp, spreadAddresses, type VirtualRouter, type VrrpStatus } from "./vrrp/index.ts";

/** The same on all balancers of the link, but for `priority`. */
export interface SharingSettings {
  /** Name of the link that clients come by. */
  readonly interface: string;
  /** Numbers of the virtual routers that are used, in each family: from this one on. */
  readonly firstRouterId: number;
  /** So many addresses can be at different balancers at a time; 1: all of them move together. */
  readonly routers: number;
  /** 1 to 254, the highest has all addresses; absent: the balancers have about as many each. */
  readonly priority?: number;
  readonly advertIntervalMs?: number;
}

export interface SharingOptions extends SharingSettings {
  /** This balancer's name; no other one of the link may have it. */
  readonly member: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** Ends it: the addresses are handed over. */
  readonly signal: AbortSignal;
  /** How long addresses stay, for the connections that began here, when others have them. */
  readonly lingerMs: number;
  /** Another balancer has these now. */
  readonly onLeft: (addresses: readonly string[]) => void;
  readonly namespace?: NamespaceHandle;
}

/** What others may know of the virtual routers. */
export type SharingStatus = Pick<VrrpStatus, "routers" | "healthy">;

export interface AddressSharing {
  /** From now on these addresses and no others. Those that cannot be shared are logged, and the last ones stay. */
  setAddresses(addresses: Iterable<string>): void;
  /** False: this balancer can do nothing with them, so others take them. */
  setHealthy(healthy: boolean): void;
  status(): SharingStatus;
  /** Whether an address is another balancer's now. */
  isElsewhere(address: string): boolean;
  /** Resolves when the signal has fired and another balancer has the addresses, or none wants them. */
  readonly handedOver: Promise<void>;
  /** The connections that began here are over. */
  release(): void;
  /** Resolves when the signal has fired and the addresses are gone from here. */
  readonly ended: Promise<void>;
}

/** Takes no address before it is healthy. Throws an error that says what to do where the link or the rights are missing. */
export async function shareAddresses(options: SharingOptions): Promise<AddressSharing> {
  const { log, clock, signal, lingerMs, onLeft, namespace, interface: link } = options;
  const vrrp = await runVrrp({
    interface: link,
    routers: [],
    healthy: false,
    log,
    clock,
    signal,
    lingerMs,
    onState: ({ router, state, previous }) => {
      if (previous === "active" && state === "backup") onLeft(router.addresses);
    },
    ...(namespace && { namespace }),
  });
  return {
    setAddresses(addresses) {
      try {
        vrrp.setRouters(routersFor([...new Set(addresses)], options));
      } catch (error) {
        log.error("Cannot share the addresses as they are now, going on with the last ones", {
          error: (error as Error).message,
        });
      }
    },
    setHealthy: (healthy) => vrrp.setHealthy(healthy),
    status: () => vrrp.status(),
    isElsewhere: (address) =>
      vrrp
        .status()
        .routers.some(
          ({ router, state }) =>
            state !== "active" && state !== "leaving" && router.addresses.includes(address),
        ),
    handedOver: vrrp.handedOver,
    release: () => vrrp.release(),
    ended: vrrp.ended,
  };
}

/** Pure. Throws RangeError for more addresses than fit. */
export function routersFor(
  addresses: readonly string[],
  {
    member,
    firstRouterId: firstVrid,
    routers: groups,
    priority,
    advertIntervalMs,
  }: Omit<SharingSettings, "interface"> & { readonly member: string },
): readonly VirtualRouter[] {
  return spreadAddresses({ addresses, member, firstVrid, groups }).map((router) => ({
    ...router,
    ...(priority !== undefined && { priority }),
    ...(advertIntervalMs !== undefined && { advertIntervalMs }),
  }));
}
