/** WantedTable: the chains that a table must have, and what those that changed were before. */
import { isSameRules, type Rules, type TableRules } from "./ruleset.ts";

export interface TableChange {
  /** Chains that may not be as before. */
  readonly names: ReadonlySet<string>;
  /** What these were, and the jumps. */
  readonly before: TableRules;
}

export class WantedTable implements TableRules {
  readonly #chains = new Map<string, Rules>();
  readonly #trees = new Map<string, readonly string[]>();
  #base: readonly string[] = [];
  #jumps: ReadonlyMap<string, Rules> = new Map();
  #jumpsBefore: ReadonlyMap<string, Rules> = new Map();
  #before = new Map<string, Rules | undefined>();

  get chains(): ReadonlyMap<string, Rules> {
    return this.#chains;
  }

  get jumps(): ReadonlyMap<string, Rules> {
    return this.#jumps;
  }

  /** Puts chains in the place of others. */
  replace(previous: Iterable<string>, next: ReadonlyMap<string, Rules>): void {
    for (const name of previous) if (!next.has(name)) this.#set(name, undefined);
    for (const [name, rules] of next) this.#set(name, rules);
  }

  putBase({ chains, jumps }: TableRules): void {
    this.replace(this.#base, chains);
    this.#base = [...chains.keys()];
    this.#jumps = jumps;
  }

  putTree(tree: string, chains: ReadonlyMap<string, Rules>): void {
    this.replace(this.#trees.get(tree) ?? [], chains);
    this.#trees.set(tree, [...chains.keys()]);
  }

  /** What changed since the last call. */
  takeChange(): TableChange {
    const before = this.#before;
    const jumps = this.#jumpsBefore;
    this.#before = new Map();
    this.#jumpsBefore = this.#jumps;
    const there = [...before].filter((entry): entry is [string, Rules] => entry[1] !== undefined);
    return { names: new Set(before.keys()), before: { chains: new Map(there), jumps } };
  }

  #set(name: string, rules: Rules | undefined): void {
    const known = this.#chains.get(name);
    if (isSameRules(known, rules)) return;
    if (!this.#before.has(name)) this.#before.set(name, known);
    if (rules) this.#chains.set(name, rules);
    else this.#chains.delete(name);
  }
}
