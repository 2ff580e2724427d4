/** The nftables dataplane: a constant program in the kernel, and the ForwardingTable as rows that it looks up. */
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import { diff, type TableDiff } from "../../forwarding/table-diff.ts";
import type { ApplyReport, Dataplane } from "../dataplane.ts";
import { FamilyController } from "./family-controller.ts";
import type { FrontendChange } from "./family-plan.ts";
import { nodeRows } from "./node-rows.ts";
import type { FamilyTable } from "./table-contents.ts";

/** A dataplane over the kernel's tables, one for each family that the system has. Rules stay when it is closed. */
export class NftablesDataplane implements Dataplane {
  readonly name = "nftables";
  readonly #families: readonly { readonly family: Family; readonly controller: FamilyController }[];
  readonly #close: () => Promise<void>;
  /** One thing at a time: an apply, or a look whether all is still there. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(tables: ReadonlyMap<Family, FamilyTable>, close: () => Promise<void>) {
    this.#families = [...tables].map(([family, table]) => ({
      family,
      controller: new FamilyController(family, table),
    }));
    this.#close = close;
  }

  apply(next: ForwardingTable): Promise<ApplyReport> {
    return this.#inTurn(async () => {
      const changesSince = onceForEach((planned: ForwardingTable | undefined) =>
        changesOf(diff(planned ?? withoutFrontends(next), next)),
      );
      for (const { family, controller } of this.#families) {
        await controller.apply(next, changesSince, nodeRows(family, next));
      }
      const problems = this.#families.flatMap(({ controller }) => [...controller.problems().values()]);
      return { programmed: next.frontends.size - problems.length, problems };
    });
  }

  /** Compares the kernel's tables with what they must hold, row by row, and mends what differs. */
  heal(): Promise<void> {
    return this.#inTurn(async () => {
      for (const { controller } of this.#families) await controller.heal();
    });
  }

  /** Lets go of the kernel; what is forwarded stays forwarded. */
  async close(): Promise<void> {
    await this.#inTurn(this.#close);
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
