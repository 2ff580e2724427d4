/** TurnedAway: how many packets one family's rules refused and dropped. */
import type { ForwardingTable } from "../../forwarding/forwarding-table.ts";
import type { FrontendCounters } from "../dataplane.ts";
import { TurnedAwaySums } from "../turned-away.ts";
import { type CountedRule, countedRules, countInvalid } from "./counted-rules.ts";
import type { FamilyTraits } from "./family-traits.ts";
import type { IptablesPrograms } from "./iptables-programs.ts";
import { chains } from "./names.ts";

export class TurnedAway {
  readonly #traits: FamilyTraits;
  readonly #programs: Pick<IptablesPrograms, "saveCounters">;
  /** Of rules that were written anew since, which empties their counters. */
  #kept: ReadonlyMap<string, FrontendCounters> = new Map();
  #keptInvalid = 0;
  #droppedInvalid = 0;
  /** Nobody pays for it who never asks. */
  #isAskedFor = false;

  constructor(traits: FamilyTraits, programs: Pick<IptablesPrograms, "saveCounters">) {
    this.#traits = traits;
    this.#programs = programs;
  }

  /** Packets that conntrack could not place; as of the last `read`. */
  get droppedInvalid(): number {
    return this.#droppedInvalid;
  }

  /** By frontend key. Rejects with what iptables says. */
  async read(table: ForwardingTable): Promise<ReadonlyMap<string, FrontendCounters>> {
    this.#isAskedFor = true;
    this.#kept = new Map([...this.#kept].filter(([key]) => table.frontends.has(key)));
    const saved = await this.#programs.saveCounters(this.#traits.program);
    this.#droppedInvalid = this.#keptInvalid + countInvalid(saved);
    return this.#sumOf(saved, table, () => true);
  }

  /**
   * Remembers what the chains have counted that the input for iptables-restore writes anew. NOTE: packets that are turned away
   * between this and the restore, some milliseconds, are not counted.
   */
  async keep(text: string, table: ForwardingTable): Promise<void> {
    const rewritten = this.#isAskedFor ? rewrittenFilterChains(text) : new Set();
    if (rewritten.size === 0) return;
    const saved = await this.#programs.saveCounters(this.#traits.program);
    if (rewritten.has(chains.invalid)) this.#keptInvalid += countInvalid(saved);
    this.#kept = this.#sumOf(saved, table, ({ chain }) => rewritten.has(chain));
  }

  #sumOf(saved: string, table: ForwardingTable, isMeant: (rule: CountedRule) => boolean) {
    const sums = new TurnedAwaySums(this.#kept);
    for (const rule of countedRules(saved, this.#traits.family, table))
      if (isMeant(rule)) sums.add(rule.frontend, rule.reason, rule.packets);
    return sums.sums();
  }
}

function rewrittenFilterChains(text: string): ReadonlySet<string> {
  const filters = text.split(/^(?=\*)/m).filter((part) => part.startsWith("*filter\n"));
  return new Set(filters.flatMap((part) => [...part.matchAll(/^:(\S+)/gm)].map(([, name = ""]) => name)));
}
