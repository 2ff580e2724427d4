/** The IPVS dataplane: virtual servers choose the endpoints, the nftables program decides all else. */
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { Turns } from "../../lib/turns.ts";
import type { ApplyReport, Dataplane, Problem } from "../dataplane.ts";
import { ForeignChanges } from "../foreign-changes.ts";
import { changesTo } from "../frontend-changes.ts";
import { FamilyController } from "../nftables/family-controller.ts";
import type { GenerationWatch } from "../nftables/generation-watch.ts";
import { createNodeRows, type NodePlaces } from "../nftables/node-rows.ts";
import type { Row } from "../nftables/row.ts";
import type { FamilyTable } from "../nftables/table-contents.ts";
import { processorMs } from "../processor-ms.ts";
import { remembered } from "../remembered.ts";
import type { StaleFlowRemover } from "../stale-flow-remover.ts";
import type { ArpGuard } from "./arp-guard.ts";
import { isByVirtualServer } from "./chosen-scope.ts";
import type { Scheduler } from "./schedulers.ts";
import { ServerController } from "./server-controller.ts";
import type { ServerTable } from "./server-table.ts";
import { serviceAddressRows, strangersAddresses } from "./service-address-rows.ts";
import type { ServiceRoutes } from "./service-routes.ts";

export interface IpvsParts {
  readonly servers: ServerTable;
  readonly scheduler: Scheduler;
  readonly comparesAlways: boolean;
  readonly routes: Pick<ServiceRoutes, "add" | "keep" | "forget">;
  readonly arp: Pick<ArpGuard, "guard" | "forget">;
  readonly tables: ReadonlyMap<Family, FamilyTable>;
  readonly watch: Pick<GenerationWatch, "changedByOthers">;
  readonly flows: Pick<StaleFlowRemover, "follow">;
  /** Makes the kernel's settings as they must be. */
  readonly setSettings: () => void;
  /** Lets go of the kernel. */
  readonly close: () => Promise<void>;
}

/** What is forwarded stays forwarded when it is closed. */
export class IpvsDataplane implements Dataplane {
  readonly name = "ipvs";
  readonly #parts: IpvsParts;
  readonly #servers: ServerController;
  readonly #families: readonly {
    readonly family: Family;
    readonly controller: FamilyController;
    readonly rowsOf: (places: NodePlaces, strangers: readonly string[]) => readonly Row[];
  }[];
  readonly #foreignRules: ForeignChanges;
  readonly #foreignServers: ForeignChanges;
  /** Addresses that the node must not answer ARP for. */
  #guarded: readonly string[] = [];
  readonly #strangersOf = remembered(strangersAddresses);
  /** When routes were last compared with what needs them. */
  #routed = "";
  #hasTable = false;
  readonly #turns = new Turns();

  constructor(parts: IpvsParts) {
    this.#parts = parts;
    this.#servers = new ServerController(parts.servers, parts.scheduler);
    this.#families = [...parts.tables].map(([family, table]) => ({
      family,
      controller: new FamilyController(family, table, isByVirtualServer),
      rowsOf: createRows(family),
    }));
    const always = parts.comparesAlways ? { costlyMs: Number.POSITIVE_INFINITY } : undefined;
    this.#foreignRules = new ForeignChanges({
      changedByOthers: () => parts.watch.changedByOthers(),
      compare: async () => {
        parts.arp.forget();
        for (const { controller } of this.#families) await controller.heal();
        await parts.arp.guard(this.#guarded);
      },
      costMs: processorMs,
      ...always,
    });
    // IPVS tells nobody of changes, so it is compared always, as often as that is cheap.
    this.#foreignServers = new ForeignChanges({
      changedByOthers: async () => true,
      compare: () => this.#healServers(),
      costMs: processorMs,
      ...(always ?? { costlyMs: 0 }),
    });
  }

  /**
   * What packets are led to is there before the rules that lead them, and goes after them: virtual servers, routes, rules, and back.
   */
  apply(next: ForwardingTable): Promise<ApplyReport> {
    return this.#turns.take(async () => {
      const { arp, flows, setSettings } = this.#parts;
      await this.#foreignRules.mend();
      await this.#foreignServers.mend();
      setSettings();
      this.#hasTable = true;
      const changesSince = changesTo(next);
      await this.#servers.make(next, changesSince);
      const strangers = this.#strangersOf(this.#servers.plan.outsideAddresses(), next.nodeAddresses);
      this.#guarded = strangers.IPv4;
      await arp.guard(strangers.IPv4);
      await this.#addRoutes();
      for (const { family, controller, rowsOf } of this.#families)
        await controller.apply(next, changesSince, rowsOf(next, strangers[family]));
      await this.#servers.finish();
      await this.#keepRoutes();
      await flows.follow(next);
      return this.#report(next);
    });
  }

  /** Compares what others may have changed with what must be, and mends it; removes real servers whose last connection has gone. */
  heal(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#foreignRules.mend();
      await this.#foreignServers.mend();
      await this.#servers.drain();
      await this.#keepRoutes();
    });
  }

  async close(): Promise<void> {
    await this.#turns.take(this.#parts.close);
  }

  async #healServers(): Promise<void> {
    if (!this.#hasTable) return;
    this.#parts.setSettings();
    await this.#servers.heal();
    this.#parts.routes.forget();
    await this.#parts.routes.add(this.#servers.plan.addresses());
  }

  async #addRoutes(): Promise<void> {
    if (this.#routedNow() !== this.#routed) await this.#parts.routes.add(this.#servers.plan.addresses());
  }

  /** A virtual server's address leads here until its last connection has gone. */
  async #keepRoutes(): Promise<void> {
    if (this.#routedNow() === this.#routed) return;
    const used = new Set(this.#servers.addresses());
    await this.#parts.routes.keep((address) => used.has(address) || this.#servers.plan.hasAddress(address));
    this.#routed = this.#routedNow();
  }

  #routedNow(): string {
    return `${this.#servers.plan.addressChanges} ${this.#servers.removals}`;
  }

  #report({ frontends }: ForwardingTable): ApplyReport {
    const problems = new Map<string, Problem>(this.#servers.problems());
    for (const { controller } of this.#families)
      for (const [key, problem] of controller.problems()) problems.set(key, problem);
    return { programmed: frontends.size - problems.size, problems: [...problems.values()] };
  }
}

/** PERF: of what is the same it makes the same rows, which then need no comparison. */
function createRows(family: Family) {
  const nodeRows = createNodeRows(family);
  const rowsOf = remembered((node: readonly Row[], strangers: readonly string[]) => [
    ...node,
    ...serviceAddressRows(strangers),
  ]);
  return (places: NodePlaces, strangers: readonly string[]) => rowsOf(nodeRows(places), strangers);
}
