/** TableContents: what the kernel's table of a family is, and what must change in it, as values. */
import type { Part } from "./choice-parts.ts";
import type { ProgramOptions } from "./program.ts";
import type { Row } from "./row.ts";
import type { RowChange } from "./row-delta.ts";

export interface TableContents {
  /** Whether the program is exactly the one that would be loaded now: its rules, chains, sets and version. */
  readonly intact: boolean;
  /** Blocks of target ids, and the chain that each leads to. */
  readonly blocks: ReadonlyMap<number, string>;
  /** Names of the parts that come and go, used or not. */
  readonly parts: readonly string[];
}

export type TableChange =
  /** Puts an empty program in the place of whatever table is there. */
  | { readonly kind: "create-program"; readonly options: ProgramOptions }
  | { readonly kind: "add-part" | "delete-part"; readonly part: Part }
  /** A block of target ids, and the chain that it leads to. */
  | { readonly kind: "add-block" | "delete-block"; readonly block: number; readonly chain: string }
  /** Empties a map or set. */
  | { readonly kind: "flush"; readonly set: string }
  | RowChange;

/** The kernel's table of one family. */
export interface FamilyTable {
  /** Resolves with undefined where there is no table. `options` say which program should be there. */
  read(options: ProgramOptions): Promise<TableContents | undefined>;
  /** The elements of one of the maps and sets that Porthole fills. */
  readRows(set: string): Promise<readonly Row[]>;
  /** All or nothing, in one moment for every packet. Throws, with the operation that the kernel refused. */
  commit(changes: readonly TableChange[]): Promise<void>;
}
