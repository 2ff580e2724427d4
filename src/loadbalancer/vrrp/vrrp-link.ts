/** The virtual routers of one link: what is told of the link and what comes from it, brought to each of them. */
import type { RouteControl } from "../../kernel/index.ts";
import type { Clock } from "../../lib/clock.ts";
import type { ReceivedPacket } from "./advertisement.ts";
import { FamilyTransport } from "./family-transport.ts";
import { FaultLog } from "./fault-log.ts";
import { HandOverTables } from "./hand-over/hand-over-tables.ts";
import { HeldAddresses } from "./held-addresses.ts";
import { judgePacket } from "./judge-packet.ts";
import { addressProtocol, type LinkFacts, readLinkFacts } from "./link-facts.ts";
import { RouterTable } from "./router-table.ts";
import { addressOf, checkRouters, type Family, type VirtualRouter } from "./virtual-router.ts";
import type { VrrpOptions, VrrpStatus } from "./vrrp.ts";

export interface VrrpLinkOptions extends VrrpOptions {
  readonly control: RouteControl;
  readonly clock: Clock;
}

const families: readonly Family[] = ["IPv4", "IPv6"];
/** After a failure to open sockets or to ask the kernel; what changes on the link is tried at once. */
const retryMs = 1_000;

export class VrrpLink {
  readonly #options: VrrpLinkOptions;
  readonly #faults: FaultLog;
  readonly #held: HeldAddresses;
  readonly #transports: Readonly<Record<Family, FamilyTransport>>;
  readonly #tables: HandOverTables;
  readonly #table: RouterTable;
  #facts: LinkFacts = { places: {}, linkIndex: undefined, addresses: [] };
  #healthy: boolean;
  #stopping = false;
  #updating: Promise<void> | undefined;
  #stale = false;
  #cancelRetry = () => {};

  constructor(options: VrrpLinkOptions) {
    this.#options = options;
    this.#healthy = options.healthy ?? true;
    const { control, clock, log } = options;
    this.#faults = new FaultLog(log, clock);
    const transports = { IPv4: this.#transport("IPv4"), IPv6: this.#transport("IPv6") };
    this.#transports = transports;
    this.#held = new HeldAddresses({
      control,
      clock,
      log,
      linkIndex: () => this.#facts.linkIndex,
      restored: (addresses) => this.#announce(addresses),
    });
    this.#tables = new HandOverTables(options.namespace);
    this.#table = new RouterTable({
      clock,
      log,
      ...(options.onState && { onState: options.onState }),
      transports,
      held: this.#held,
      tables: this.#tables,
      link: options.interface,
      lingerMs: options.lingerMs ?? 0,
    });
    this.#table.set(options.routers);
  }

  /** Throws if the link cannot be asked about or sent to for another reason than that it is down. */
  async start(): Promise<void> {
    this.#facts = await this.#read();
    await this.#removeLeftovers();
    await this.#update();
  }

  setRouters(routers: readonly VirtualRouter[]): void {
    checkRouters(routers);
    if (this.#stopping) return;
    this.#table.set(routers);
    this.changed();
  }

  setHealthy(healthy: boolean): void {
    if (healthy === this.#healthy) return;
    this.#healthy = healthy;
    const what = healthy ? "takes part again" : "hands its virtual addresses over, since it is not well";
    this.#options.log.info(`This machine ${what}`, { interface: this.#options.interface });
    this.changed();
  }

  /** Something about the link is, or may be, different. */
  changed(): void {
    this.#stale = true;
    this.#updating ??= this.#updateAll().finally(() => {
      this.#updating = undefined;
    });
  }

  addressRemoved({ linkIndex, address }: { readonly linkIndex: number; readonly address: string }): void {
    if (linkIndex === this.#facts.linkIndex) this.#held.lost(address);
  }

  /** Resolves when somebody else has had the time to take all addresses over. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.changed();
    await this.#updating;
    await this.#table.stopped();
  }

  /** Nobody needs addresses any more that are another machine's now. */
  release(): void {
    this.#table.left.release();
  }

  /** Resolves when all addresses are gone from here. */
  emptied(): Promise<void> {
    return this.#table.left.emptied();
  }

  async close(): Promise<void> {
    this.#stopping = true;
    this.#cancelRetry();
    this.#held.close();
    this.#table.close();
    for (const family of families) this.#transports[family].close();
    await this.#tables.close();
  }

  status(): VrrpStatus {
    return { routers: this.#table.list(), healthy: this.#healthy, faults: this.#faults.counts };
  }

  async #updateAll(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      this.#cancelRetry();
      try {
        this.#facts = await this.#read();
        await this.#update();
      } catch (error) {
        this.#options.log.error("Cannot share addresses, trying again", {
          interface: this.#options.interface,
          error: error instanceof Error ? error.message : String(error),
        });
        if (!this.#stopping) this.#cancelRetry = this.#options.clock.after(retryMs, () => this.changed());
      }
    }
  }

  #read(): Promise<LinkFacts> {
    return readLinkFacts(this.#options.control, this.#options.interface, (address) =>
      this.#table.has(address),
    );
  }

  /** Brings transports and routers in line with the facts. */
  async #update(): Promise<void> {
    const failures: unknown[] = [];
    for (const family of families) {
      const transport = this.#transports[family];
      const place = this.#table.uses(family) ? this.#facts.places[family] : undefined;
      // Whoever leaves needs its transport to say so; without a place it has lost it already.
      if (!place) this.#table.linkLost(family);
      await transport.use(place).catch((error: unknown) => failures.push(error));
      if (!transport.place) this.#table.linkLost(family);
    }
    const onLink = new Set(this.#facts.addresses.map(({ address }) => address));
    this.#table.run(
      (family) => this.#healthy && !this.#stopping && this.#transports[family].place !== undefined,
      onLink,
    );
    if (failures.length > 0) throw failures[0];
  }

  async #removeLeftovers(): Promise<void> {
    const { linkIndex, addresses } = this.#facts;
    for (const { address, prefixLength, protocol } of addresses) {
      if (linkIndex === undefined || protocol !== addressProtocol || this.#table.has(address)) continue;
      this.#options.log.info("Removing a virtual address that an earlier process left", { address });
      await this.#held.remove([`${address}/${prefixLength}`]);
    }
  }

  #transport(family: Family): FamilyTransport {
    const { namespace, ipv4Checksum = "pseudo-header" } = this.#options;
    return new FamilyTransport({
      family,
      ...(namespace && { namespace }),
      ipv4Checksum,
      faults: this.#faults,
      receive: (packet) => this.#receive(family, packet),
    });
  }

  #receive(family: Family, packet: ReceivedPacket): void {
    const own = this.#transports[family].place?.source;
    const { fault, about, told } = judgePacket(packet, own, (name) => this.#table.find(name)?.router);
    if (fault) this.#faults.add(fault, about);
    if (told && about.router !== undefined) this.#table.hear(about.router, about.source, told);
  }

  #announce(addresses: readonly string[]): void {
    for (const family of families) {
      const ofFamily = addresses
        .map(addressOf)
        .filter((address) => address.includes(":") === (family === "IPv6"));
      if (ofFamily.length > 0) this.#transports[family].announce(ofFamily);
    }
  }
}
