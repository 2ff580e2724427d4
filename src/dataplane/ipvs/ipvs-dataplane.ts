/** The IPVS dataplane: virtual servers choose the endpoints, the nftables program decides all else. */
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { Turns } from "../../lib/turns.ts";
import type { ApplyReport, Dataplane, Problem } from "../dataplane.ts";
import { ForeignChanges } from "../foreign-changes.ts";
import { changesTo } from "../frontend-changes.ts";
import { FamilyController } from "../nftables/family-controller.ts";
import type { GenerationWatch } from "../nftables/generation-watch.ts";
import { createNodeRows } from "../nftables/node-rows.ts";
import type { Row } from "../nftables/row.ts";
import type { FamilyTable } from "../nftables/table-contents.ts";
import { processorMs } from "../processor-ms.ts";
import type { StaleFlowRemover } from "../stale-flow-remover.ts";
import { isByVirtualServer } from "./chosen-scope.ts";
import type { Scheduler } from "./schedulers.ts";
import { ServerController } from "./server-controller.ts";
import type { ServerTable } from "./server-table.ts";
import { serviceAddressRows } from "./service-address-rows.ts";
import type { ServiceRoutes } from "./service-routes.ts";

export interface IpvsParts {
  readonly servers: ServerTable;
  readonly scheduler: Scheduler;
  readonly routes: Pick<ServiceRoutes, "add" | "keep" | "forget">;
  readonly tables: ReadonlyMap<Family, FamilyTable>;
  readonly watch: Pick<GenerationWatch, "changedByOthers">;
  readonly flows: Pick<StaleFlowRemover, "follow">;
  /** Makes the kernel's settings as they must be. */
  readonly setSettings: () => void;
  /** Lets go of the kernel. */
  readonly close: () => Promise<void>;
}

interface FamilyRules {
  readonly family: Family;
  readonly controller: FamilyController;
  readonly nodeRows: ReturnType<typeof createNodeRows>;
}

/** What is forwarded stays forwarded when it is closed. */
export class IpvsDataplane implements Dataplane {
  readonly name = "ipvs";
  readonly #parts: IpvsParts;
  readonly #servers: ServerController;
  readonly #families: readonly FamilyRules[];
  readonly #foreignRules: ForeignChanges;
  readonly #foreignServers: ForeignChanges;
  readonly #turns = new Turns();

  constructor(parts: IpvsParts) {
    this.#parts = parts;
    this.#servers = new ServerController(parts.servers, parts.scheduler);
    this.#families = [...parts.tables].map(([family, table]) => ({
      family,
      controller: new FamilyController(family, table, isByVirtualServer),
      nodeRows: createNodeRows(family),
    }));
    this.#foreignRules = new ForeignChanges({
      changedByOthers: () => parts.watch.changedByOthers(),
      compare: async () => {
        for (const { controller } of this.#families) await controller.heal();
      },
      costMs: processorMs,
    });
    // IPVS tells nobody of changes, so it is compared always, as often as that is cheap.
    this.#foreignServers = new ForeignChanges({
      changedByOthers: async () => true,
      compare: () => this.#healServers(),
      costMs: processorMs,
      costlyMs: 0,
    });
  }

  /**
   * What packets are led to is there before the rules that lead them, and goes after them: virtual servers, routes, rules, and back.
   */
  apply(next: ForwardingTable): Promise<ApplyReport> {
    return this.#turns.take(async () => {
      const { routes, flows, setSettings } = this.#parts;
      await this.#foreignRules.mend();
      setSettings();
      const changesSince = changesTo(next);
      await this.#servers.make(next, changesSince);
      await routes.add(this.#servers.plan.addresses());
      for (const rules of this.#families)
        await rules.controller.apply(next, changesSince, this.#rowsFor(rules, next));
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
    const { routes, setSettings } = this.#parts;
    setSettings();
    await this.#servers.heal();
    routes.forget();
    await routes.add(this.#servers.plan.addresses());
  }

  /** A virtual server's address leads here until its last connection has gone. */
  async #keepRoutes(): Promise<void> {
    const used = new Set(this.#servers.addresses());
    await this.#parts.routes.keep((address) => used.has(address) || this.#servers.plan.hasAddress(address));
  }

  #rowsFor({ family, nodeRows }: FamilyRules, next: ForwardingTable): readonly Row[] {
    const own = serviceAddressRows(family, this.#servers.plan.outsideAddresses(), next.nodeAddresses);
    return [...nodeRows(next), ...own];
  }

  #report({ frontends }: ForwardingTable): ApplyReport {
    const problems = new Map<string, Problem>(this.#servers.problems());
    for (const { controller } of this.#families)
      for (const [key, problem] of controller.problems()) problems.set(key, problem);
    return { programmed: frontends.size - problems.size, problems: [...problems.values()] };
  }
}
