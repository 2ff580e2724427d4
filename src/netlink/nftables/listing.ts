/** What the kernel says there is: answers to requests, and events. */

import type { Verdict } from "./data.ts";
import type { SetElement } from "./element.ts";
import type { Family } from "./family.ts";
import type { Hook, RuleContent, SetContent } from "./operation.ts";

export interface TableInfo {
  readonly family: Family;
  readonly table: string;
  readonly handle: bigint;
  readonly flags: number;
  /** Number of chains, sets and objects in it. */
  readonly use: number;
  readonly comment?: string;
}

export interface ChainInfo {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly handle: bigint;
  readonly base?: Hook;
  /** Number of rules in it and of what leads to it. */
  readonly use: number;
  readonly comment?: string;
}

export interface RuleInfo extends RuleContent {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly handle: bigint;
  /** Handle of the rule before it, in an event about a new one. */
  readonly position?: bigint;
}

/** A set that somebody else made may have fields that are not known; then `key` and `data` are missing. */
export interface SetInfo extends Partial<SetContent> {
  readonly family: Family;
  readonly table: string;
  readonly set: string;
  readonly handle: bigint;
  readonly keyLength: number;
  /** Of a map with values. */
  readonly dataLength?: number;
}

export interface ElementsInfo {
  readonly family: Family;
  readonly table: string;
  readonly set: string;
  readonly elements: readonly SetElement[];
}

/** Counts up with every transaction in the namespace, whoever made it. */
export interface GenerationInfo {
  readonly generation: number;
  /** Who made it, in events. */
  readonly pid?: number;
  readonly process?: string;
}

/** One step of a traced packet: a rule that it matched, the end of a chain, or a base chain's policy. */
export interface TraceInfo {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly type: "rule" | "return" | "policy";
  /** The same in all steps of one packet's way through one hook after the other. */
  readonly id: number;
  /** Of the rule. */
  readonly handle?: bigint;
  /** What the rule came to, or the policy. */
  readonly verdict?: Verdict;
  /** In the first step of a packet in each base chain. */
  readonly networkHeader?: Uint8Array;
  readonly transportHeader?: Uint8Array;
  readonly mark?: number;
}

/** A message of nf_tables, as an answer to a request or an event. */
export type NfTablesMessage =
  | { readonly kind: "table"; readonly change: "new" | "delete"; readonly value: TableInfo }
  | { readonly kind: "chain"; readonly change: "new" | "delete"; readonly value: ChainInfo }
  | { readonly kind: "rule"; readonly change: "new" | "delete"; readonly value: RuleInfo }
  | { readonly kind: "set"; readonly change: "new" | "delete"; readonly value: SetInfo }
  | { readonly kind: "elements"; readonly change: "new" | "delete"; readonly value: ElementsInfo }
  | { readonly kind: "generation"; readonly value: GenerationInfo };
