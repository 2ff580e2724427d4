/** FamilyController: keeps the kernel's table of one family as the plan says, and finds back after whatever happens to it. */
import { isDeepStrictEqual } from "node:util";
import type { Family, ForwardingTable } from "../../forwarding/forwarding-table.ts";
import type { Problem } from "../dataplane.ts";
import { chainOf, parseChain } from "./choice.ts";
import { type Part, partsOf } from "./choice-parts.ts";
import { createFamilyPlan, type FamilyPlan, type FrontendChange } from "./family-plan.ts";
import { type ProgramOptions, programOptions } from "./program.ts";
import { inPublishOrder } from "./publish-order.ts";
import type { Row } from "./row.ts";
import { diffRows } from "./row-delta.ts";
import type { FamilyTable, TableChange, TableContents } from "./table-contents.ts";
import { createTableMemory } from "./table-memory.ts";

/** What one transaction takes at most while nothing is in use yet: about 60 ms. */
const CHANGES_PER_TRANSACTION = 20_000;
/** Blocks that nothing uses stay until there are so many: Services' endpoints come and go. */
const UNUSED_BLOCKS = 32;

export class FamilyController {
  readonly #family: Family;
  readonly #table: FamilyTable;
  #plan: FamilyPlan | undefined;
  /** What the plan is for. */
  #planned: ForwardingTable | undefined;
  #memory: ReturnType<typeof createTableMemory> | undefined;
  /** Rows of the sets that say where the node itself is. */
  #nodeRows: readonly Row[] = [];
  /** Parts of the program, and blocks with the chain they lead to, that the kernel has. */
  #parts = new Set<string>();
  #blocks = new Map<number, string>();
  #inStep = false;
  #options: ProgramOptions | undefined;

  constructor(family: Family, table: FamilyTable) {
    this.#family = family;
    this.#table = table;
  }

  /**
   * Makes `next` so; `changesSince` says what changes from the table that was planned last. After an error it compares every
   * row once, and throws if that fails too. What was asked for is not forgotten: the next call tries again.
   */
  async apply(
    next: ForwardingTable,
    changesSince: (planned: ForwardingTable | undefined) => readonly FrontendChange[],
    nodeRows: readonly Row[],
  ): Promise<void> {
    const options = programOptions(next);
    if (!isDeepStrictEqual(options, this.#options)) this.#inStep = false;
    this.#options = options;
    const first = this.#plan ? undefined : await this.#start();
    const plan = this.#requirePlan();
    const rowChanges = [...plan.change(changesSince(this.#planned)), ...diffRows(this.#nodeRows, nodeRows)];
    this.#planned = next;
    this.#nodeRows = nodeRows;
    this.#memory = undefined;
    if (first) await this.#heal(first.contents);
    else if (!this.#inStep) await this.heal();
    else if (rowChanges.length > 0) {
      const steps = [...this.#missingChoices(), ...inPublishOrder(rowChanges)];
      await this.#commit(steps).catch(() => this.heal());
    }
    await this.#dropUnused();
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
    const adopted = contents?.intact ? contents : undefined;
    if (adopted) this.#memory = createTableMemory(adopted);
    this.#plan = createFamilyPlan(this.#family, (frontend, scope) => this.#memory?.(frontend, scope) ?? {});
    for (const [block, chain] of adopted?.blocks ?? []) {
      const choice = parseChain(chain);
      if (choice) this.#plan.ids.adopt(block, choice);
    }
    return { contents };
  }

  async #heal(contents: TableContents | undefined): Promise<void> {
    this.#inStep = false;
    const plan = this.#requirePlan();
    const wanted = [...plan.rows(), ...this.#nodeRows];
    const create = { kind: "create-program", options: this.#requireOptions() } as const;
    if (contents && !contents.intact) {
      // In one transaction: packets meet the old program or the new one, never half of it.
      this.#forget();
      const rows = diffRows([], wanted);
      await this.#commit([create, ...this.#missingChoices(), ...rows]);
      return;
    }
    if (!contents) {
      this.#forget();
      await this.#commit([create, ...this.#missingChoices()]);
    } else {
      this.#parts = new Set(contents.parts);
      this.#blocks = new Map(contents.blocks);
      const missing = this.#missingChoices();
      if (missing.length > 0) await this.#commit(missing);
    }
    const steps = inPublishOrder(diffRows(contents?.rows ?? [], wanted));
    for (let at = 0; at < steps.length; at += CHANGES_PER_TRANSACTION) {
      await this.#commit(steps.slice(at, at + CHANGES_PER_TRANSACTION));
    }
    this.#inStep = true;
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

  #forget(): void {
    this.#parts = new Set();
    this.#blocks = new Map();
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
