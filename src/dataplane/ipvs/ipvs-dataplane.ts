/** The IPVS dataplane: virtual servers choose the endpoints, the nftables program decides all else. */
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { Turns } from "../../lib/turns.ts";
import type { ApplyReport, Dataplane, FrontendCounters, Problem } from "../dataplane.ts";
import { ForeignChanges } from "../foreign-changes.ts";
import { changesTo } from "../frontend-changes.ts";
import { FamilyController } from "../nftables/family-controller.ts";
import type { GenerationWatch } from "../nftables/generation-watch.ts";
import { createNodeRows } from "../nftables/node-rows.ts";
import { virtualServerMark } from "../nftables/program.ts";
import type { FamilyTable } from "../nftables/table-contents.ts";
import type { TurnedAway } from "../nftables/turned-away.ts";
import { processorMs } from "../processor-ms.ts";
import type { StaleFlowRemover } from "../stale-flow-remover.ts";
import { createSyncMetrics } from "../sync-metrics.ts";
import { isByVirtualServer } from "./chosen-scope.ts";
import type { FlowMarks } from "./flow-marks.ts";
import type { LocalDelivery } from "./local-delivery.ts";
import type { Scheduler } from "./schedulers.ts";
import { ServerController } from "./server-controller.ts";
import type { ServerTable } from "./server-table.ts";

export interface IpvsParts {
  readonly servers: ServerTable;
  readonly scheduler: Scheduler;
  readonly comparesAlways: boolean;
  readonly delivery: Pick<LocalDelivery, "ensure">;
  readonly marks: Pick<FlowMarks, "follow" | "forget">;
  readonly tables: ReadonlyMap<Family, FamilyTable>;
  readonly watch: Pick<GenerationWatch, "changedByOthers">;
  readonly flows: Pick<StaleFlowRemover, "follow">;
  readonly turnedAway: Pick<TurnedAway, "refresh" | "counters">;
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
    readonly nodeRows: ReturnType<typeof createNodeRows>;
  }[];
  readonly #foreignRules: ForeignChanges;
  readonly #foreignServers: ForeignChanges;
  /** The bit that leads packets to virtual servers; undefined before the first table. */
  #mark: number | undefined;
  readonly #turns = new Turns();
  readonly #metrics = createSyncMetrics();
  #applied: ForwardingTable | undefined;

  constructor(parts: IpvsParts) {
    this.#parts = parts;
    this.#servers = new ServerController(parts.servers, parts.scheduler);
    this.#families = [...parts.tables].map(([family, table]) => ({
      family,
      controller: new FamilyController(family, table, isByVirtualServer),
      nodeRows: createNodeRows(family),
    }));
    const always = parts.comparesAlways ? { costlyMs: Number.POSITIVE_INFINITY } : undefined;
    this.#foreignRules = new ForeignChanges({
      changedByOthers: () => parts.watch.changedByOthers(),
      compare: async () => {
        parts.marks.forget();
        if (this.#mark !== undefined) await parts.marks.follow(this.#mark);
        for (const { controller } of this.#families) await controller.heal();
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

  /** What packets are led to is there before the rules that lead them, and goes after them. */
  apply(next: ForwardingTable): Promise<ApplyReport> {
    return this.#turns.take(async () => {
      const { delivery, marks, flows, setSettings } = this.#parts;
      await this.#foreignRules.mend();
      await this.#foreignServers.mend();
      setSettings();
      const mark = virtualServerMark(next);
      if (mark !== this.#mark) await delivery.ensure(mark);
      this.#mark = mark;
      await marks.follow(mark);
      const changesSince = changesTo(next);
      await this.#servers.make(next, changesSince);
      for (const { family, controller, nodeRows } of this.#families)
        await this.#metrics.measure(family, () => controller.apply(next, changesSince, nodeRows(next)));
      await this.#servers.finish();
      await this.#metrics.measureFlows(() => flows.follow(next));
      this.#applied = next;
      return this.#report(next);
    });
  }

  /** Compares what others may have changed with what must be, and mends it; removes real servers whose last connection has gone. */
  heal(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#foreignRules.mend();
      await this.#foreignServers.mend();
      await this.#servers.drain();
    });
  }

  metrics(): string {
    return this.#metrics.text();
  }

  counters(): ReadonlyMap<string, FrontendCounters> {
    return this.#parts.turnedAway.counters;
  }

  refreshCounters(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#applied) await this.#parts.turnedAway.refresh(this.#applied);
    });
  }

  async close(): Promise<void> {
    await this.#turns.take(this.#parts.close);
  }

  async #healServers(): Promise<void> {
    if (this.#mark === undefined) return;
    this.#parts.setSettings();
    await this.#parts.delivery.ensure(this.#mark);
    await this.#servers.heal();
  }

  #report({ frontends }: ForwardingTable): ApplyReport {
    const problems = new Map<string, Problem>(this.#servers.problems());
    for (const { controller } of this.#families)
      for (const [key, problem] of controller.problems()) problems.set(key, problem);
    return { programmed: frontends.size - problems.size, problems: [...problems.values()] };
  }
}
