/**
 * PassedBack: packets of connections that began at the machine that had an address before go back to it, as long as it says that there are
 * such connections. A machine that died is passed nothing: its clients are told at once.
 */
import type { Clock } from "../../../lib/clock.ts";
import type { Logger } from "../../../lib/log.ts";
import type { LinkPlace } from "../link-facts.ts";
import { addressOf, type Family, routerKey, type VirtualRouter } from "../virtual-router.ts";
import { passBack } from "./hand-over-rules.ts";
import type { HandOverTables } from "./hand-over-tables.ts";

export interface PassedBackOptions {
  readonly tables: Pick<HandOverTables, "write" | "forgetFlows">;
  /** Name of the link. */
  readonly link: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly place: (family: Family) => LinkPlace | undefined;
  /** Runs something when everything that was begun before it is done. */
  readonly enqueue: (run: () => Promise<void>) => void;
}

interface Heard {
  readonly source: string;
  readonly intervalMs: number;
  readonly atMs: number;
}

interface Passing {
  readonly router: VirtualRouter;
  readonly to: string;
  cancel(): void;
}

/** A machine that was heard within so many of its intervals is alive; after three it is taken for dead. */
const intervalsOfLife = 2;
/** As for who is active: so many intervals of silence, and it is gone. */
const intervalsOfSilence = 3;

export class PassedBack {
  readonly #options: PassedBackOptions;
  /** The last advertisement for each router. */
  readonly #heard = new Map<string, Heard>();
  readonly #passing = new Map<string, Passing>();

  constructor(options: PassedBackOptions) {
    this.#options = options;
  }

  /** A machine advertised for a router, with any priority. */
  heard(key: string, source: string, intervalMs: number): void {
    this.#heard.set(key, { source, intervalMs, atMs: this.#options.clock.now() });
    const passing = this.#passing.get(key);
    if (passing?.to === source) this.#pass(passing.router, source, intervalMs);
  }

  /**
   * To be called before this machine adds the router's addresses. Resolves when packets are passed back, if there is anybody to have them.
   * `isBack`: it has kept the addresses, for connections of its own.
   */
  async begin(router: VirtualRouter, isBack: boolean): Promise<void> {
    const last = this.#heard.get(routerKey(router));
    if (!last || this.#options.clock.now() - last.atMs > intervalsOfLife * last.intervalMs) return;
    this.#pass(router, last.source, last.intervalMs);
    await this.#write(router.family);
    if (!isBack) await this.#forgetFlows(router);
  }

  /** The addresses are no longer this machine's. */
  async end(router: VirtualRouter): Promise<void> {
    if (this.#forget(routerKey(router))) await this.#write(router.family);
  }

  close(): void {
    for (const key of [...this.#passing.keys()]) this.#forget(key);
  }

  async #forgetFlows({ family, addresses }: VirtualRouter): Promise<void> {
    const { tables, log } = this.#options;
    await tables.forgetFlows(family, addresses.map(addressOf)).catch((error: Error) => {
      log.warn("Connections of an earlier time may hide some that are passed back", { error: error.message });
    });
  }

  #pass(router: VirtualRouter, to: string, intervalMs: number): void {
    const key = routerKey(router);
    this.#forget(key);
    const { clock, enqueue } = this.#options;
    const cancel = clock.after(intervalsOfSilence * intervalMs, () => enqueue(() => this.end(router)));
    this.#passing.set(key, { router, to, cancel });
  }

  #forget(key: string): boolean {
    this.#passing.get(key)?.cancel();
    return this.#passing.delete(key);
  }

  async #write(family: Family): Promise<void> {
    const { tables, place, link, log } = this.#options;
    const where = place(family);
    const all = [...this.#passing.values()]
      .filter(({ router }) => router.family === family)
      .flatMap(({ router, to }) => router.addresses.map((text) => ({ address: addressOf(text), to })));
    try {
      await tables.write(
        [passBack(family, where?.linkIndex ?? 0, where ? all : [])],
        `porthole-back-${link}`,
      );
    } catch (error) {
      log.warn("Connections that began at another machine cannot be passed back to it", {
        error: (error as Error).message,
      });
    }
  }
}
