/** Operation: one change of nf_tables, as a value. */

import type { SetElement } from "./element.ts";
import type { Expression } from "./expr/expression.ts";
import type { Family } from "./family.ts";
import type { Field } from "./field.ts";

interface InTable {
  readonly family: Family;
  readonly table: string;
}

interface InChain extends InTable {
  readonly chain: string;
}

interface InSet extends InTable {
  readonly set: string;
}

/** Additions succeed if there is such a thing already, which then stays as it is, unless they are exclusive: EEXIST. */
interface Exclusive {
  readonly exclusive?: boolean;
}

export interface AddTable extends InTable, Exclusive {
  readonly kind: "add-table";
  /** NFT_TABLE_F_DORMANT, NFT_TABLE_F_OWNER. */
  readonly flags?: number;
  readonly comment?: string;
}

/** With all that is in it. ENOENT if there is none. */
export interface DeleteTable extends InTable {
  readonly kind: "delete-table";
}

/** What makes a chain a base chain: where the kernel's packets enter it. */
export interface Hook {
  readonly type: "filter" | "nat" | "route";
  readonly hook: "prerouting" | "input" | "forward" | "output" | "postrouting" | "ingress";
  /** Lower ones come first: -300 raw, -100 dstnat, 0 filter, 100 srcnat. */
  readonly priority: number;
  /** What happens at the end; accept if left out. */
  readonly policy?: "accept" | "drop";
}

export interface AddChain extends InChain, Exclusive {
  readonly kind: "add-chain";
  /** Left out in chains that only others lead to. */
  readonly base?: Hook;
  readonly comment?: string;
}

/** ENOENT if there is none; EBUSY while something leads to it. */
export interface DeleteChain extends InChain {
  readonly kind: "delete-chain";
}

/** Removes a chain's rules. */
export interface FlushChain extends InChain {
  readonly kind: "flush-chain";
}

/** What a rule is. */
export interface RuleContent {
  readonly expressions: readonly Expression[];
  readonly comment?: string;
}

export interface AddRule extends InChain, RuleContent {
  readonly kind: "add-rule";
  /** Behind the rule with this handle, or before it if `insert`; otherwise at the chain's end, or its begin if `insert`. */
  readonly position?: bigint;
  readonly insert?: boolean;
}

export interface ReplaceRule extends InChain, RuleContent {
  readonly kind: "replace-rule";
  readonly handle: bigint;
}

export interface DeleteRule extends InChain {
  readonly kind: "delete-rule";
  readonly handle: bigint;
}

/** What a set or map is. */
export interface SetContent {
  /** `["ip daddr", "meta l4proto", "th dport"]`. */
  readonly key: readonly Field[];
  /** Makes it a map. */
  readonly data?: readonly Field[] | "verdict";
  /**
   * `interval`: elements are ranges. `timeout`: elements may go by themselves. `dynamic`: rules may change it. `constant`: nobody may
   * once a rule uses it. `anonymous`: its name is a pattern such as `__set%d`, and it goes with the rule that uses it.
   */
  readonly flags?: readonly ("interval" | "timeout" | "dynamic" | "constant" | "anonymous")[];
  /** Milliseconds that elements stay, if they do not say otherwise. */
  readonly timeoutMs?: number;
  readonly gcIntervalMs?: number;
  /** Elements at most; dynamic sets need one. */
  readonly size?: number;
  readonly policy?: "performance" | "memory";
  readonly comment?: string;
  /** nft merges ranges that touch; the kernel does not. */
  readonly autoMerge?: boolean;
}

export interface AddSet extends InSet, SetContent, Exclusive {
  readonly kind: "add-set";
  /** By which rules of the same transaction may refer to it; given by the transaction if left out. */
  readonly id?: number;
}

/** ENOENT if there is none; EBUSY while a rule uses it. */
export interface DeleteSet extends InSet {
  readonly kind: "delete-set";
}

/** Removes all elements. */
export interface FlushSet extends InSet {
  readonly kind: "flush-set";
}

/** One that is there already is no error if its data is the same, unless exclusive; it keeps its comment and timeout. */
export interface AddElements extends InSet, Exclusive {
  readonly kind: "add-elements";
  readonly elements: readonly SetElement[];
  /** Of a set without a name of its own. */
  readonly setId?: number;
}

/** ENOENT if one of them is not there. Only keys count. */
export interface DeleteElements extends InSet {
  readonly kind: "delete-elements";
  readonly elements: readonly SetElement[];
}

export type Operation =
  | AddTable
  | DeleteTable
  | AddChain
  | DeleteChain
  | FlushChain
  | AddRule
  | ReplaceRule
  | DeleteRule
  | AddSet
  | DeleteSet
  | FlushSet
  | AddElements
  | DeleteElements;
