/** The iptables dataplane: the ForwardingTable as chains of iptables, of which a change restores those that change. */
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { Turns } from "../../lib/turns.ts";
import type { ApplyReport, Dataplane, FrontendCounters } from "../dataplane.ts";
import { ForeignChanges } from "../foreign-changes.ts";
import { changesTo } from "../frontend-changes.ts";
import { processorMs } from "../processor-ms.ts";
import type { StaleFlowRemover } from "../stale-flow-remover.ts";
import { createSyncMetrics } from "../sync-metrics.ts";
import { FamilyController, type FamilyKernel } from "./family-controller.ts";
import { familyTraits } from "./family-traits.ts";
import { createIptablesMetrics } from "./iptables-metrics.ts";

export interface IptablesParts {
  readonly families: ReadonlyMap<Family, FamilyKernel>;
  readonly watch: { changedByOthers(): Promise<boolean> };
  readonly flows: Pick<StaleFlowRemover, "follow">;
  /** Removes what a process that used another variant of iptables left. */
  readonly removeOtherVariants: () => Promise<unknown>;
  /** Lets go of the kernel. */
  readonly close: () => Promise<void>;
}

/** A dataplane over iptables, one controller for each family. What is forwarded stays forwarded when it is closed. */
export class IptablesDataplane implements Dataplane {
  readonly name = "iptables";
  readonly #parts: IptablesParts;
  readonly #controllers: ReadonlyMap<Family, FamilyController>;
  readonly #foreignChanges: ForeignChanges;
  #isAlone = false;
  /** An apply, or a look whether all is still there. */
  readonly #turns = new Turns();
  #counters: ReadonlyMap<string, FrontendCounters> = new Map();
  readonly #syncMetrics = createSyncMetrics();
  readonly #metrics = createIptablesMetrics({
    heldRules: (family, table) => this.#controllers.get(family)?.heldRules(table),
    writtenRules: (family, table) => this.#controllers.get(family)?.writtenRules(table),
    droppedInvalid: () =>
      [...this.#controllers.values()].reduce((sum, { droppedInvalid }) => sum + droppedInvalid, 0),
  });

  constructor(parts: IptablesParts) {
    this.#parts = parts;
    this.#controllers = new Map(
      [...parts.families].map(([family, kernel]) => [
        family,
        new FamilyController(familyTraits[family], kernel),
      ]),
    );
    this.#foreignChanges = new ForeignChanges({
      changedByOthers: () => parts.watch.changedByOthers(),
      compare: async () => {
        for (const controller of this.#controllers.values()) await controller.heal();
      },
      // Most of it is that of other programs.
      costMs: processorMs,
    });
  }

  apply(next: ForwardingTable): Promise<ApplyReport> {
    return this.#turns.take(async () => {
      await this.#foreignChanges.mend();
      const changesSince = changesTo(next);
      // Each family has a lock and a program of its own.
      const outcomes = await Promise.allSettled(
        [...this.#controllers].map(([family, controller]) =>
          this.#syncMetrics.measure(family, async () => {
            const kind = controller.nextSync;
            await controller.apply(next, changesSince).catch((error) => {
              this.#metrics.failed(family, kind);
              throw error;
            });
            return kind;
          }),
        ),
      );
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
      if (!this.#isAlone) await this.#parts.removeOtherVariants();
      this.#isAlone = true;
      await this.#syncMetrics.measureFlows(() => this.#parts.flows.follow(next));
      return { programmed: next.frontends.size, problems: [] };
    });
  }

  /** Compares the kernel's rules with what they must be, if somebody else changed any, and mends what differs. */
  heal(): Promise<void> {
    return this.#turns.take(() => this.#foreignChanges.mend());
  }

  metrics(): string {
    return this.#syncMetrics.text() + this.#metrics.text();
  }

  counters(): ReadonlyMap<string, FrontendCounters> {
    return this.#counters;
  }

  refreshCounters(): Promise<void> {
    return this.#turns.take(async () => {
      const counts = await Promise.all(
        [...this.#controllers.values()].map((controller) => controller.countTurnedAway()),
      );
      this.#counters = new Map(counts.flatMap((one) => [...one]));
    });
  }

  /** What is forwarded stays forwarded. */
  async close(): Promise<void> {
    await this.#turns.take(this.#parts.close);
  }
}
