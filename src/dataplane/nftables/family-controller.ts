/** FamilyController: keeps the kernel's table of one family as the plan says, and finds back after whatever happens to it. */
import { isDeepStrictEqual } from "node:util";
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import type { Problem } from "../dataplane.ts";
import type { ChangesSince } from "../frontend-changes.ts";
import type { SyncKind } from "../sync-metrics.ts";
import { chainOf, parseChain } from "./choice.ts";
import { type Part, partsOf } from "./choice-parts.ts";
import { type ByVirtualServer, createFamilyPlan, type FamilyPlan, type Remember } from "./family-plan.ts";
import { rowSets } from "./names.ts";
import { type ProgramOptions, programOptions } from "./program.ts";
import { inPublishOrder, isAftermath } from "./publish-order.ts";
import type { Row } from "./row.ts";
import { diffRows, nowhere, type RowChange, RowDelta } from "./row-delta.ts";
import type { FamilyTable, TableChange, TableContents } from "./table-contents.ts";
import { createTableMemory } from "./table-memory.ts";

/** What one transaction takes at most while nothing is in use yet: some 15 ms. PERF: what is made for it is garbage before it grows old. */
const CHANGES_PER_TRANSACTION = 4_000;
/** Larger maps are not compared row by row. */
const ROWS_WORTH_LISTING = 50_000;
/** Blocks that nothing uses stay until there are so many: Services' endpoints come and go. */
const UNUSED_BLOCKS = 32;

export class FamilyController {
  readonly #family: Family;
  readonly #table: FamilyTable;
  readonly #byVirtualServer: ByVirtualServer | undefined;
  #plan: FamilyPlan | undefined;
  /** What the plan is for. */
  #planned: ForwardingTable | undefined;
  #memory: Remember | undefined;
  /** Rows of the sets that say where the node itself is. */
  #nodeRows: readonly Row[] = [];
  /** Parts of the program, and blocks with the chain they lead to, that the kernel has. */
  #parts = new Set<string>();
  #blocks = new Map<number, string>();
  #inStep = false;
  #options: ProgramOptions | undefined;

  /** `byVirtualServer` is there beside IPVS. */
  constructor(family: Family, table: FamilyTable, byVirtualServer?: ByVirtualServer) {
    this.#family = family;
    this.#table = table;
    this.#byVirtualServer = byVirtualServer;
  }

  /**
   * Makes `next` so; `changesSince` says what changes from the table that was planned last. After an error it compares every
   * row once, and throws if that fails too. What was asked for is not forgotten: the next call tries again. Resolves with what it came to.
   */
  async apply(
    next: ForwardingTable,
    changesSince: ChangesSince,
    nodeRows: readonly Row[],
  ): Promise<SyncKind> {
    const options = programOptions(next, this.#byVirtualServer !== undefined);
    if (!isDeepStrictEqual(options, this.#options)) this.#inStep = false;
    this.#options = options;
    const first = this.#plan ? undefined : await this.#start();
    const plan = this.#requirePlan();
    const delta = new RowDelta();
    plan.change(changesSince(this.#planned), this.#inStep ? delta : nowhere);
    const nodeChanges = nodeRows === this.#nodeRows ? [] : diffRows(this.#nodeRows, nodeRows);
    const rowChanges = [...delta.changes(), ...nodeChanges];
    this.#planned = next;
    this.#nodeRows = nodeRows;
    this.#memory = undefined;
    const kind = await this.#bring(rowChanges, first);
    await this.#dropUnused();
    return kind;
  }

  async #bring(
    rowChanges: readonly RowChange[],
    first: { readonly contents: TableContents | undefined } | undefined,
  ): Promise<SyncKind> {
    if (!first && this.#inStep) {
      try {
        if (rowChanges.length > 0) await this.#publish(rowChanges);
        return "partial";
      } catch {
        // The kernel's rows may be others' by now: all are compared.
      }
    }
    await (first ? this.#heal(first.contents) : this.heal());
    return "full";
  }

  /** Compares every row with the kernel's and mends what differs; does nothing before the first apply. */
  async heal(): Promise<void> {
    if (this.#plan) await this.#heal(await this.#table.read(this.#requireOptions()));
  }

  problems(): ReadonlyMap<string, Problem> {
    return this.#plan?.problems() ?? new Map();
  }

  async #start(): Promise<{ readonly contents: TableContents | undefined }> {
    const contents = await this.#table.read(this.#requireOptions());
    if (contents?.intact) this.#memory = await createTableMemory(this.#table);
    const remember: Remember = (frontend, scope) => this.#memory?.(frontend, scope) ?? {};
    this.#plan = createFamilyPlan(this.#family, remember, this.#byVirtualServer);
    for (const [block, chain] of contents?.blocks ?? []) {
      const choice = parseChain(chain);
      if (choice) this.#plan.ids.adopt(block, choice);
    }
    return { contents };
  }

  async #heal(contents: TableContents | undefined): Promise<void> {
    const create = { kind: "create-program", options: this.#requireOptions() } as const;
    this.#parts = new Set(contents?.parts);
    this.#blocks = new Map(contents?.blocks);
    if (!contents) {
      await this.#commit([create, ...this.#missingChoices()]);
      await this.#commitInParts(diffRows([], this.#wantedRows()));
    } else if (contents.intact) {
      await this.#mend();
    } else {
      // In one transaction: packets meet what was or what must be, and no id that means one thing here and another there.
      await this.#commit([create, ...this.#missingChoices(), ...diffRows([], this.#wantedRows())]);
    }
  }

  /** PERF: a large map is emptied and filled again in one transaction, which takes less than to list it. */
  async #mend(): Promise<void> {
    const counts = new Map(rowSets.map((set) => [set, 0]));
    for (const { set } of this.#wantedRows()) counts.set(set, (counts.get(set) ?? 0) + 1);
    const isLarge = (set: string) => (counts.get(set) ?? 0) > ROWS_WORTH_LISTING;
    const actual: (readonly Row[])[] = [];
    for (const set of rowSets) if (!isLarge(set)) actual.push(await this.#table.readRows(set));
    await this.#publish(diffRows(actual.flat(), this.#wantedRows()), rowSets.filter(isLarge));
  }

  *#wantedRows(): Generator<Row, undefined> {
    yield* this.#requirePlan().rows();
    yield* this.#nodeRows;
    return undefined;
  }

  /** Parts and blocks that the plan's targets need and the kernel does not have. */
  #missingChoices(): readonly TableChange[] {
    const changes: TableChange[] = [];
    for (const [block, choice] of this.#requirePlan().ids.blocks()) {
      const chain = chainOf(choice);
      const current = this.#blocks.get(block);
      if (current === chain) continue;
      for (const part of partsOf(choice)) {
        if (!this.#parts.has(part.name)) changes.push({ kind: "add-part", part });
        this.#parts.add(part.name);
      }
      if (current !== undefined) changes.push({ kind: "delete-block", block, chain: current });
      this.#blocks.set(block, chain);
      changes.push({ kind: "add-block", block, chain });
    }
    return changes;
  }

  /**
   * Rules look up in the generation of that moment (net/netfilter/nft_lookup.c), so a packet that found its target before a
   * transaction looks for the endpoint after it; and it finds a chain without rules that came meanwhile. Therefore chains come in
   * a transaction before, and what nobody leads to any more goes in one after. Maps to be emptied are filled in the same moment.
   */
  async #publish(rowChanges: Iterable<RowChange>, emptied: readonly string[] = []): Promise<void> {
    const changes = inPublishOrder(rowChanges);
    const steps: readonly (readonly TableChange[])[] = [
      this.#missingChoices(),
      [
        ...emptied.map((set) => ({ kind: "flush", set }) as const),
        ...changes.filter((change) => !isAftermath(change)),
      ],
      changes.filter(isAftermath),
    ];
    for (const step of steps) if (step.length > 0) await this.#commit(step);
  }

  /** Changes that are in publish order may come into force piece by piece. */
  async #commitInParts(changes: Iterable<TableChange>): Promise<void> {
    let part: TableChange[] = [];
    for (const change of changes) {
      part.push(change);
      if (part.length < CHANGES_PER_TRANSACTION) continue;
      await this.#commit(part);
      part = [];
    }
    await this.#commit(part);
  }

  async #commit(changes: readonly TableChange[]): Promise<void> {
    this.#inStep = false;
    await this.#table.commit(changes);
    this.#inStep = true;
  }

  /** Kernels before 6.2 cannot delete a chain in the transaction that takes away what led there. */
  async #dropUnused(): Promise<void> {
    const plan = this.#requirePlan();
    if (plan.ids.countUnused() < UNUSED_BLOCKS) return;
    const choices = plan.ids.blocks();
    const dropped = plan.ids.dropUnused().flatMap((block) => {
      const choice = choices.get(block);
      return choice && this.#blocks.delete(block) ? [{ block, choice }] : [];
    });
    await this.#commit(
      dropped.map(({ block, choice }) => ({ kind: "delete-block", block, chain: chainOf(choice) })),
    );
    const kept = new Set([...plan.ids.blocks().values()].flatMap(partsOf).map(({ name }) => name));
    const unused = dropped
      .flatMap(({ choice }) => partsOf(choice))
      .filter(({ name }) => !kept.has(name) && this.#parts.delete(name))
      .sort(referrersFirst);
    await this.#commit(unused.map((part) => ({ kind: "delete-part", part })));
  }

  #requireOptions(): ProgramOptions {
    if (!this.#options) throw new Error("No table was applied yet");
    return this.#options;
  }

  #requirePlan(): FamilyPlan {
    if (!this.#plan) throw new Error("The table was not read yet");
    return this.#plan;
  }
}

/** The kernel deletes nothing that something else still names: chains that choose, then `sticky-hit` ones, then their maps. */
function referrersFirst(a: Part, b: Part): number {
  const rank = ({ kind, name }: Part) => (kind === "affinity" ? 2 : parseChain(name) ? 0 : 1);
  return rank(a) - rank(b);
}
