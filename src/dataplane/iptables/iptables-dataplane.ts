/** The iptables dataplane: the ForwardingTable as chains of iptables, of which a change restores those that change. */
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { diff, type TableDiff } from "../../forwarding/table-diff.ts";
import type { ApplyReport, Dataplane } from "../dataplane.ts";
import type { StaleFlowRemover } from "../stale-flow-remover.ts";
import { FamilyController, type FamilyKernel } from "./family-controller.ts";
import type { FrontendChange } from "./family-plan.ts";
import { familyTraits } from "./family-traits.ts";

export interface IptablesParts {
  readonly families: ReadonlyMap<Family, FamilyKernel>;
  readonly watch: { changedByOthers(): Promise<boolean> };
  readonly flows: Pick<StaleFlowRemover, "follow">;
  /** Removes what a process that used another variant of iptables left. */
  readonly removeOtherVariants: () => Promise<unknown>;
  /** Lets go of the kernel. */
  readonly close: () => Promise<void>;
}

/** Where others change rules all the time, comparisons that cost much take one part in so many of the time. */
const REST_PER_COMPARISON = 50;
const COSTLY_COMPARISON_MS = 100;

/** A dataplane over iptables, one controller for each family. What is forwarded stays forwarded when it is closed. */
export class IptablesDataplane implements Dataplane {
  readonly name = "iptables";
  readonly #parts: IptablesParts;
  readonly #controllers: readonly FamilyController[];
  /** Somebody else changed rules, perhaps ours. */
  #suspicious = false;
  #mayCompareAt = 0;
  #isAlone = false;
  /** One thing at a time: an apply, or a look whether all is still there. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: IptablesParts) {
    this.#parts = parts;
    this.#controllers = [...parts.families].map(
      ([family, kernel]) => new FamilyController(familyTraits[family], kernel),
    );
  }

  apply(next: ForwardingTable): Promise<ApplyReport> {
    return this.#inTurn(async () => {
      await this.#compareIfSuspicious();
      const changesSince = onceForEach((planned: ForwardingTable | undefined) =>
        changesOf(diff(planned ?? { ...next, frontends: new Map() }, next)),
      );
      // Each family has a lock and a program of its own.
      const outcomes = await Promise.allSettled(
        this.#controllers.map((controller) => controller.apply(next, changesSince)),
      );
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
      if (!this.#isAlone) await this.#parts.removeOtherVariants();
      this.#isAlone = true;
      await this.#parts.flows.follow(next);
      return { programmed: next.frontends.size, problems: [] };
    });
  }

  /** Compares the kernel's rules with what they must be, if somebody else changed any, and mends what differs. */
  heal(): Promise<void> {
    return this.#inTurn(() => this.#compareIfSuspicious());
  }

  /** What is forwarded stays forwarded. */
  async close(): Promise<void> {
    await this.#inTurn(this.#parts.close);
  }

  async #compareIfSuspicious(): Promise<void> {
    if (await this.#parts.watch.changedByOthers()) this.#suspicious = true;
    const start = performance.now();
    if (!this.#suspicious || start < this.#mayCompareAt) return;
    for (const controller of this.#controllers) await controller.heal();
    this.#suspicious = false;
    const end = performance.now();
    const costMs = end - start;
    this.#mayCompareAt = costMs < COSTLY_COMPARISON_MS ? 0 : end + costMs * REST_PER_COMPARISON;
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

/** Both families start from the same table, unless one of them failed. */
function onceForEach<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
