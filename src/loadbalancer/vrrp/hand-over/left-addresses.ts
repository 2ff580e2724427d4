/**
 * LeftAddresses: virtual addresses that are another machine's now, and stay here for the connections that began here. Nobody on the link
 * notices, and the other machine passes back what is theirs for as long as it hears that there are such connections: by advertisements
 * with priority 0, which to others say no more than that this machine gave the addresses up (RFC 9568, section 6.4.3).
 */
import type { Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import type { HeldAddresses } from "../held-addresses.ts";
import type { LinkPlace } from "../link-facts.ts";
import {
  addressOf,
  defaultAdvertIntervalMs,
  type Family,
  routerKey,
  type VirtualRouter,
} from "../virtual-router.ts";
import { silence } from "./hand-over-rules.ts";
import type { HandOverTables } from "./hand-over-tables.ts";

export interface LeftAddressesOptions {
  readonly tables: Pick<HandOverTables, "write">;
  /** Name of the link. */
  readonly link: string;
  readonly held: Pick<HeldAddresses, "remove">;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long they stay at most; 0: not at all. */
  readonly lingerMs: number;
  readonly place: (family: Family) => LinkPlace | undefined;
  /** Says that this machine gave the router's addresses up. */
  readonly advertise: (router: VirtualRouter) => void;
  /** Runs something when everything that was begun before it is done. */
  readonly enqueue: (run: () => Promise<void>) => void;
  /** Whether an address was taken by another router of this machine. */
  readonly isTaken: (text: string) => boolean;
}

/** What nobody learns anything from. */
const unspecified: Readonly<Record<Family, string>> = { IPv4: "0.0.0.0", IPv6: "::" };

interface Left {
  readonly router: VirtualRouter;
  cancel(): void;
}

export class LeftAddresses {
  readonly #options: LeftAddressesOptions;
  readonly #left = new Map<string, Left>();
  #onEmpty = () => {};

  constructor(options: LeftAddressesOptions) {
    this.#options = options;
  }

  has(address: string): boolean {
    return [...this.#left.values()].some(({ router }) =>
      router.addresses.some((text) => addressOf(text) === address),
    );
  }

  hasRouter(router: VirtualRouter): boolean {
    return this.#left.has(routerKey(router));
  }

  /** The router's addresses are another machine's from now on. Resolves when nobody hears of them from here. */
  async leave(router: VirtualRouter): Promise<void> {
    const { lingerMs, clock, advertise, enqueue, held, log } = this.#options;
    const key = routerKey(router);
    if (lingerMs <= 0) return held.remove(this.#free(router));
    this.#left.get(key)?.cancel();
    const { advertIntervalMs = defaultAdvertIntervalMs } = router;
    let cancelRepeat = () => {};
    const repeat = () => {
      advertise(router);
      cancelRepeat = clock.after(advertIntervalMs, repeat);
    };
    const cancelEnd = clock.after(lingerMs, () => enqueue(() => this.#giveUp(key)));
    this.#left.set(key, {
      router,
      cancel() {
        cancelRepeat();
        cancelEnd();
      },
    });
    try {
      await this.#write(router.family);
      repeat();
    } catch (error) {
      log.warn("Connections to addresses that were handed over end now: the kernel cannot keep them quiet", {
        addresses: router.addresses,
        error: (error as Error).message,
      });
      await this.#giveUp(key);
    }
  }

  /** They are this machine's again. Resolves when it may say so. */
  async takeBack(router: VirtualRouter): Promise<void> {
    if (this.#forget(routerKey(router))) await this.#rewrite(router.family);
  }

  /** Whoever needed them is done. */
  release(): void {
    for (const key of this.#left.keys()) this.#options.enqueue(() => this.#giveUp(key));
  }

  /** There is no way to the family's neighbours any more. */
  linkLost(family: Family): void {
    for (const [key, { router }] of this.#left)
      if (router.family === family) this.#options.enqueue(() => this.#giveUp(key));
  }

  /** Resolves when all are gone. */
  async emptied(): Promise<void> {
    while (this.#left.size > 0)
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
      });
  }

  async #giveUp(key: string): Promise<void> {
    const left = this.#left.get(key);
    if (!left) return;
    left.cancel();
    // Gone before anybody can ask for them again.
    await this.#options.held.remove(this.#free(left.router));
    this.#forget(key);
    await this.#rewrite(left.router.family);
    this.#onEmpty();
  }

  #free(router: VirtualRouter): readonly string[] {
    return router.addresses.filter((text) => !this.#options.isTaken(text));
  }

  #forget(key: string): boolean {
    this.#left.get(key)?.cancel();
    return this.#left.delete(key);
  }

  async #rewrite(family: Family): Promise<void> {
    await this.#write(family).catch((error: Error) =>
      this.#options.log.error("Cannot remove the rules of a hand-over", { error: error.message }),
    );
  }

  async #write(family: Family): Promise<void> {
    const { tables, place, link } = this.#options;
    const addresses = [...this.#left.values()]
      .filter(({ router }) => router.family === family)
      .flatMap(({ router }) => router.addresses.map(addressOf));
    const own = place(family)?.source ?? unspecified[family];
    await tables.write(silence(family, own, addresses), `porthole-left-${link}`);
  }
}
