/** The virtual routers of a link by name: they come and go with the configuration, and do what their state machines say. */
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { FamilyTransport } from "./family-transport.ts";
import type { HandOverTables } from "./hand-over/hand-over-tables.ts";
import { LeftAddresses } from "./hand-over/left-addresses.ts";
import { PassedBack } from "./hand-over/passed-back.ts";
import type { HeldAddresses } from "./held-addresses.ts";
import { compareAddresses } from "./require-address-bytes.ts";
import { holdsAddresses, type VrrpEvent, type VrrpState } from "./state-machine.ts";
import {
  addressOf,
  defaultAdvertIntervalMs,
  type Family,
  routerKey,
  type VirtualRouter,
} from "./virtual-router.ts";
import type { RouterStatus } from "./vrrp.ts";
import { type VrrpDeed, VrrpInstance } from "./vrrp-instance.ts";

export interface RouterTableOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly onState?: (status: RouterStatus) => void;
  readonly transports: Readonly<Record<Family, FamilyTransport>>;
  readonly held: HeldAddresses;
  readonly tables: HandOverTables;
  /** Name of the link. */
  readonly link: string;
  /** How long addresses stay that are another machine's now. */
  readonly lingerMs: number;
}

export class RouterTable {
  readonly #options: RouterTableOptions;
  readonly #instances = new Map<string, VrrpInstance>();
  #wanted = new Map<string, VirtualRouter>();
  /** Deeds of all routers, one after the other: an address may pass from one router to another. */
  #last: Promise<void> = Promise.resolve();
  #stopped: (() => void) | undefined;
  /** What this machine has for connections alone. */
  readonly left: LeftAddresses;
  readonly #passedBack: PassedBack;

  constructor(options: RouterTableOptions) {
    this.#options = options;
    const { transports } = options;
    const shared = {
      ...options,
      place: (family: Family) => transports[family].place,
      enqueue: (run: () => Promise<void>) => this.#enqueue(run),
    };
    this.#passedBack = new PassedBack(shared);
    this.left = new LeftAddresses({
      ...shared,
      advertise: (router) => this.#advertise(router, 0),
      isTaken: (text) => this.#isHeldBy(text),
    });
  }

  /** These and no others. Those that go leave when `run` is called, those that come begin then. */
  set(routers: readonly VirtualRouter[]): void {
    this.#wanted = new Map(routers.map((router) => [routerKey(router), router]));
    for (const [name, router] of this.#wanted) {
      const instance = this.#instances.get(name);
      if (instance) this.#reconfigure(instance, router);
      else this.#instances.set(name, this.#create(router));
    }
  }

  find(name: string): VrrpInstance | undefined {
    return this.#instances.get(name);
  }

  /** `source` is who advertised. */
  hear(name: string, source: string, told: VrrpEvent & { readonly kind: "advertisement" }): void {
    this.#passedBack.heard(name, source, told.intervalMs);
    this.#instances.get(name)?.handle(told);
  }

  /** Whether an address is one of a router's, or was until a moment ago. */
  has(address: string): boolean {
    if (this.left.has(address)) return true;
    return [...this.#instances.values()].some(({ router }) =>
      router.addresses.some((text) => isSame(addressOf(text), address)),
    );
  }

  uses(family: Family): boolean {
    return [...this.#instances.values()].some(({ router }) => router.family === family);
  }

  list(): readonly { readonly router: VirtualRouter; readonly state: VrrpState["kind"] }[] {
    return [...this.#instances.values()].map(({ router, state }) => ({ router, state: state.kind }));
  }

  linkLost(family: Family): void {
    for (const instance of this.#instances.values())
      if (instance.router.family === family) instance.handle({ kind: "link-lost" });
    this.left.linkLost(family);
    this.#forget();
  }

  /** Starts who may take part, and stops who may not. `onLink`: the addresses that the link has. */
  run(mayRun: (family: Family) => boolean, onLink: ReadonlySet<string>): void {
    for (const [name, instance] of this.#instances) {
      const { router } = instance;
      if (!this.#wanted.has(name) || !mayRun(router.family)) instance.handle({ kind: "shutdown" });
      else if (instance.state.kind === "initialize" || instance.state.kind === "leaving")
        instance.handle({
          kind: "startup",
          holdsAddresses: router.addresses
            .map(addressOf)
            .some((text) => onLink.has(text) && !this.left.has(text)),
        });
    }
    this.#forget();
  }

  /** Resolves when no router has anything left to do; to be called after they were shut down. */
  async stopped(): Promise<void> {
    while (this.list().some(({ state }) => state !== "initialize"))
      await new Promise<void>((resolve) => {
        this.#stopped = resolve;
      });
    await this.#last;
  }

  close(): void {
    this.#passedBack.close();
  }

  /** Routers that are not wanted and have left. */
  #forget(): void {
    for (const [name, { state }] of this.#instances)
      if (state.kind === "initialize" && !this.#wanted.has(name)) this.#instances.delete(name);
  }

  #create(router: VirtualRouter): VrrpInstance {
    const transport = this.#options.transports[router.family];
    const instance: VrrpInstance = new VrrpInstance({
      router,
      clock: this.#options.clock,
      perform: (deed) => this.#enqueueDeed(instance.router, deed),
      changed: (state, previous) => this.#tell(instance.router, state, previous),
      drain: () => transport.drain(),
    });
    return instance;
  }

  #enqueue(run: () => Promise<void>): void {
    this.#last = this.#last.then(run);
  }

  #enqueueDeed(router: VirtualRouter, deed: VrrpDeed): void {
    this.#enqueue(() => this.#do(router, deed));
  }

  async #do(router: VirtualRouter, deed: VrrpDeed): Promise<void> {
    const { held, transports } = this.#options;
    const { family, addresses } = router;
    switch (deed.kind) {
      case "add-addresses":
        await this.#passedBack.begin(router, this.left.hasRouter(router));
        await this.left.takeBack(router);
        return held.add(addresses);
      case "remove-addresses":
        await this.#passedBack.end(router);
        return held.remove(addresses.filter((text) => !this.#isHeldBy(text)));
      case "leave-addresses":
        await this.#passedBack.end(router);
        return this.left.leave(router);
      case "announce":
        return transports[family].announce(addresses.map(addressOf));
      case "advertise":
        return this.#advertise(router, deed.priority);
    }
  }

  #advertise(router: VirtualRouter, priority: number): void {
    const { vrid, family, addresses, advertIntervalMs: intervalMs = defaultAdvertIntervalMs } = router;
    const advertisement = { vrid, priority, intervalMs, addresses: addresses.map(addressOf) };
    this.#options.transports[family].advertise(advertisement);
  }

  /** An address that passed to another router is not taken from it. */
  #isHeldBy(text: string): boolean {
    return [...this.#instances.values()].some(
      ({ router, state }) => state.kind === "active" && router.addresses.includes(text),
    );
  }

  #tell(router: VirtualRouter, { kind: state }: VrrpState, { kind: previous }: VrrpState): void {
    const { log, onState } = this.#options;
    this.#last = this.#last.then(() => {
      log.info("A virtual router changed", {
        router: routerKey(router),
        addresses: router.addresses,
        state,
        previous,
      });
      try {
        onState?.({ router, state, previous });
      } catch (error) {
        log.error("A listener to virtual routers failed", { error: (error as Error).stack });
      }
    });
    this.#stopped?.();
    this.#forget();
  }

  /** Addresses that come to an active router are taken at once, those that go are given up. */
  #reconfigure(instance: VrrpInstance, router: VirtualRouter): void {
    const before = instance.router;
    instance.reconfigure(router);
    const { state } = instance;
    if (!holdsAddresses(state)) return;
    const gone = without(before.addresses, router.addresses);
    const added = without(router.addresses, before.addresses);
    if (gone.length > 0) this.#enqueueDeed({ ...router, addresses: gone }, { kind: "remove-addresses" });
    if (added.length === 0 || state.kind !== "active") return;
    this.#enqueueDeed({ ...router, addresses: added }, { kind: "add-addresses" });
    this.#enqueueDeed({ ...router, addresses: added }, { kind: "announce" });
  }
}

function without(some: readonly string[], others: readonly string[]): readonly string[] {
  return some.filter((text) => !others.includes(text));
}

function isSame(a: string, b: string): boolean {
  return a === b || (a.includes(":") === b.includes(":") && compareAddresses(a, b) === 0);
}
