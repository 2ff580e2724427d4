/** The addresses that a node has, kept current. */
import { type BackOff, createBackOff } from "../lib/back-off.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Family, Link, LinkAddress, Scope } from "../netlink/route/index.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";
import { openRouteControl } from "./route.ts";
import { watchRoute } from "./route-events.ts";

export interface NodeAddress {
  readonly address: string;
  readonly family: Family;
  readonly prefixLength: number;
  /** Name of the link that has it. */
  readonly link: string;
  /** `global`, or nearer: `host` addresses are good on this node alone, `link` ones on one link. */
  readonly scope: Scope;
  /** The link is the loopback link, which may hold addresses that the whole network knows. */
  readonly loopback: boolean;
}

export interface NodeAddresses extends AsyncDisposable {
  /** As the kernel last told, in the order of links and of addresses on them; never empty because a listing failed. */
  readonly current: readonly NodeAddress[];
}

export interface NodeAddressHandlers {
  /** The addresses are others than before. Not called for those that there are at the start. */
  changed(addresses: readonly NodeAddress[]): void;
  /** They could not be listed, so that the last known ones stay; it is tried again, at most 5 s later. */
  failed(error: unknown): void;
}

/** Where addresses come from. */
export interface NodeAddressSource extends AsyncDisposable {
  list(): Promise<readonly NodeAddress[]>;
  /** Calls back whenever the list may have changed. */
  watch(changed: () => void): Promise<Disposable>;
}

/** Opens the addresses of a namespace, of the process's own if none is given. Throws if they cannot be listed now. */
export async function openNodeAddresses(
  handlers: NodeAddressHandlers,
  namespace?: NamespaceHandle,
): Promise<NodeAddresses> {
  return keepNodeAddresses(await openSource(namespace), handlers, systemClock);
}

/** As openNodeAddresses, from any source, of which it disposes. */
export async function keepNodeAddresses(
  source: NodeAddressSource,
  handlers: NodeAddressHandlers,
  clock: Clock,
): Promise<NodeAddresses> {
  const keeper = new Keeper(source, handlers, clock);
  try {
    await keeper.start();
    return keeper;
  } catch (error) {
    await keeper[Symbol.asyncDispose]();
    throw error;
  }
}

class Keeper implements NodeAddresses {
  #current: readonly NodeAddress[] = [];
  readonly #source: NodeAddressSource;
  readonly #handlers: NodeAddressHandlers;
  readonly #clock: Clock;
  readonly #backOff: BackOff = createBackOff({ firstMs: 100, maxMs: 5_000, random: Math.random });
  #watch: Disposable | undefined;
  #listing: Promise<void> | undefined;
  #started = false;
  #stale = false;
  #cancelRetry = () => {};
  #closed = false;

  constructor(source: NodeAddressSource, handlers: NodeAddressHandlers, clock: Clock) {
    this.#source = source;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  get current(): readonly NodeAddress[] {
    return this.#current;
  }

  /** Listens before it lists, so that no change falls between the two. */
  async start(): Promise<void> {
    this.#watch = await this.#source.watch(() => this.#refresh());
    this.#current = await this.#source.list();
    this.#started = true;
    // What came meanwhile may be in the list or not.
    if (this.#stale) this.#refresh();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#cancelRetry();
    this.#watch?.[Symbol.dispose]();
    await this.#listing;
    await this.#source[Symbol.asyncDispose]();
  }

  /** Lists again, once for any number of changes that come meanwhile. */
  #refresh(): void {
    this.#stale = true;
    if (!this.#started || this.#listing || this.#closed) return;
    this.#cancelRetry();
    this.#listing = this.#listAgain().finally(() => {
      this.#listing = undefined;
    });
  }

  async #listAgain(): Promise<void> {
    while (this.#stale && !this.#closed) {
      this.#stale = false;
      try {
        const found = await this.#source.list();
        this.#backOff.reset();
        if (this.#closed || sameAddresses(found, this.#current)) continue;
        this.#current = found;
        this.#handlers.changed(found);
      } catch (error) {
        if (this.#closed) return;
        this.#cancelRetry = this.#clock.after(this.#backOff.nextMs(), () => this.#refresh());
        this.#handlers.failed(error);
        return;
      }
    }
  }
}

async function openSource(namespace: NamespaceHandle | undefined): Promise<NodeAddressSource> {
  const control = await openRouteControl(namespace);
  return {
    async list() {
      const links = await control.listLinks();
      return joinAddresses(links, await control.listAddresses());
    },
    watch: (changed) => watchRoute({ address: changed, link: changed, lost: changed }, namespace),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}

/** Pure. Addresses that are not in use (yet), or whose link has just gone, are left out: an event follows for them. */
export function joinAddresses(
  links: readonly Link[],
  addresses: readonly LinkAddress[],
): readonly NodeAddress[] {
  const byIndex = new Map(links.map((link) => [link.index, link]));
  return addresses
    .flatMap((found) => {
      const link = byIndex.get(found.linkIndex);
      return link && !found.tentative ? [{ found, link }] : [];
    })
    .sort((a, b) => a.link.index - b.link.index)
    .map(({ found: { address, family, prefixLength, scope }, link }) => ({
      address,
      family,
      prefixLength,
      link: link.name,
      scope,
      loopback: link.loopback,
    }));
}

function sameAddresses(a: readonly NodeAddress[], b: readonly NodeAddress[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
