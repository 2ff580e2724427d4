/** The nftables dataplane: a constant program in the kernel, and the ForwardingTable as rows that it looks up. */
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { Turns } from "../../lib/turns.ts";
import type { ApplyReport, Dataplane, FrontendCounters } from "../dataplane.ts";
import { ForeignChanges } from "../foreign-changes.ts";
import { changesTo } from "../frontend-changes.ts";
import { processorMs } from "../processor-ms.ts";
import type { StaleFlowRemover } from "../stale-flow-remover.ts";
import { createSyncMetrics } from "../sync-metrics.ts";
import { FamilyController } from "./family-controller.ts";
import type { GenerationWatch } from "./generation-watch.ts";
import { createNodeRows } from "./node-rows.ts";
import type { FamilyTable } from "./table-contents.ts";
import type { TurnedAway } from "./turned-away.ts";

export interface NftablesParts {
  readonly tables: ReadonlyMap<Family, FamilyTable>;
  readonly watch: Pick<GenerationWatch, "changedByOthers">;
  readonly flows: Pick<StaleFlowRemover, "follow">;
  readonly turnedAway: Pick<TurnedAway, "refresh" | "counters">;
  /** Lets go of the kernel. */
  readonly close: () => Promise<void>;
}

/** A dataplane over the kernel's tables, one for each family. What is forwarded stays forwarded when it is closed. */
export class NftablesDataplane implements Dataplane {
  readonly name = "nftables";
  readonly #parts: NftablesParts;
  readonly #families: readonly {
    readonly family: Family;
    readonly controller: FamilyController;
    readonly nodeRows: ReturnType<typeof createNodeRows>;
  }[];
  readonly #foreignChanges: ForeignChanges;
  /** An apply, or a look whether all is still there. */
  readonly #turns = new Turns();
  readonly #metrics = createSyncMetrics();
  #applied: ForwardingTable | undefined;

  constructor(parts: NftablesParts) {
    this.#parts = parts;
    this.#families = [...parts.tables].map(([family, table]) => ({
      family,
      controller: new FamilyController(family, table),
      nodeRows: createNodeRows(family),
    }));
    this.#foreignChanges = new ForeignChanges({
      changedByOthers: () => parts.watch.changedByOthers(),
      compare: async () => {
        for (const { controller } of this.#families) await controller.heal();
      },
      costMs: processorMs,
    });
  }

  apply(next: ForwardingTable): Promise<ApplyReport> {
    return this.#turns.take(async () => {
      await this.#foreignChanges.mend();
      const changesSince = changesTo(next);
      for (const { family, controller, nodeRows } of this.#families) {
        await this.#metrics.measure(family, () => controller.apply(next, changesSince, nodeRows(next)));
      }
      await this.#metrics.measureFlows(() => this.#parts.flows.follow(next));
      this.#applied = next;
      const problems = this.#families.flatMap(({ controller }) => [...controller.problems().values()]);
      return { programmed: next.frontends.size - problems.length, problems };
    });
  }

  /** Compares the kernel's tables with what they must hold, if somebody else changed a ruleset, and mends what differs. */
  heal(): Promise<void> {
    return this.#turns.take(() => this.#foreignChanges.mend());
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
}
