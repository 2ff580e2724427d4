/** The nftables dataplane: a constant program in the kernel, and the ForwardingTable as rows that it looks up. */
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { diff, type TableDiff } from "../../forwarding/table-diff.ts";
import type { ApplyReport, Dataplane } from "../dataplane.ts";
import type { StaleFlowRemover } from "../stale-flow-remover.ts";
import { FamilyController } from "./family-controller.ts";
import type { FrontendChange } from "./family-plan.ts";
import type { GenerationWatch } from "./generation-watch.ts";
import { createNodeRows } from "./node-rows.ts";
import type { FamilyTable } from "./table-contents.ts";

export interface NftablesParts {
  readonly tables: ReadonlyMap<Family, FamilyTable>;
  readonly watch: Pick<GenerationWatch, "changedByOthers">;
  readonly flows: Pick<StaleFlowRemover, "follow">;
  /** Lets go of the kernel. */
  readonly close: () => Promise<void>;
}

/** Where others change rulesets all the time, comparisons that cost much take one part in so many of a processor's time. */
const REST_PER_COMPARISON = 50;
/** The first one costs 30 ms for a small table, since its code is new; the next ones 10 ms. */
const COSTLY_COMPARISON_MS = 100;

/** A dataplane over the kernel's tables, one for each family. What is forwarded stays forwarded when it is closed. */
export class NftablesDataplane implements Dataplane {
  readonly name = "nftables";
  readonly #parts: NftablesParts;
  readonly #families: readonly {
    readonly controller: FamilyController;
    readonly nodeRows: ReturnType<typeof createNodeRows>;
  }[];
  /** Somebody else changed a ruleset, perhaps ours. */
  #suspicious = false;
  #mayCompareAt = 0;
  /** One thing at a time: an apply, or a look whether all is still there. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: NftablesParts) {
    this.#parts = parts;
    this.#families = [...parts.tables].map(([family, table]) => ({
      controller: new FamilyController(family, table),
      nodeRows: createNodeRows(family),
    }));
  }

  apply(next: ForwardingTable): Promise<ApplyReport> {
    return this.#inTurn(async () => {
      await this.#compareIfSuspicious();
      const changesSince = onceForEach((planned: ForwardingTable | undefined) =>
        changesOf(diff(planned ?? withoutFrontends(next), next)),
      );
      for (const { controller, nodeRows } of this.#families) {
        await controller.apply(next, changesSince, nodeRows(next));
      }
      await this.#parts.flows.follow(next);
      const problems = this.#families.flatMap(({ controller }) => [...controller.problems().values()]);
      return { programmed: next.frontends.size - problems.length, problems };
    });
  }

  /** Compares the kernel's tables with what they must hold, if somebody else changed a ruleset, and mends what differs. */
  heal(): Promise<void> {
    return this.#inTurn(() => this.#compareIfSuspicious());
  }

  /** What is forwarded stays forwarded. */
  async close(): Promise<void> {
    await this.#inTurn(this.#parts.close);
  }

  async #compareIfSuspicious(): Promise<void> {
    if (await this.#parts.watch.changedByOthers()) this.#suspicious = true;
    if (!this.#suspicious || performance.now() < this.#mayCompareAt) return;
    // NOTE: not the time that went by: on a busy machine that says how long others took.
    const start = process.cpuUsage();
    for (const { controller } of this.#families) await controller.heal();
    this.#suspicious = false;
    const { user, system } = process.cpuUsage(start);
    const costMs = (user + system) / 1000;
    const restMs = costMs < COSTLY_COMPARISON_MS ? 0 : costMs * REST_PER_COMPARISON;
    this.#mayCompareAt = performance.now() + restMs;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.catch(() => {});
    return result;
  }
}

function changesOf({ added, removed, changed }: TableDiff): readonly FrontendChange[] {
  return [...removed.map((previous) => ({ previous })), ...changed, ...added.map((next) => ({ next }))];
}

function withoutFrontends(table: ForwardingTable): ForwardingTable {
  return { ...table, frontends: new Map() };
}

/** Both families start from the same table, unless one of them failed. */
function onceForEach<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
