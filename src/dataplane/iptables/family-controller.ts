/** FamilyController: keeps the kernel's rules of one family as the plan says, and finds back after whatever happens to them. */

import type { ForwardingTable } from "../../forwarding/forwarding-table.ts";
import type { FrontendCounters } from "../dataplane.ts";
import type { ChangesSince } from "../frontend-changes.ts";
import type { SyncKind } from "../sync-metrics.ts";
import { nodeOptions } from "./base-chains.ts";
import { FamilyPlan } from "./family-plan.ts";
import type { FamilyTraits } from "./family-traits.ts";
import type { IptablesPrograms } from "./iptables-programs.ts";
import { chains } from "./names.ts";
import { restoreText, type Suspects, writtenRules } from "./restore-text.ts";
import type { Ruleset, TableName } from "./ruleset.ts";
import { parseSavedRules } from "./saved-rules.ts";
import { TurnedAway } from "./turned-away.ts";

/** What is asked of the kernel. */
export interface FamilyKernel {
  readonly programs: Pick<IptablesPrograms, "save" | "saveCounters" | "restore" | "namesAtOnce">;
  /** Makes the kernel lead packets to loopback addresses on. */
  routeLoopback(): Promise<void>;
  readonly randomFully: boolean;
}

export class FamilyController {
  readonly #traits: FamilyTraits;
  readonly #kernel: FamilyKernel;
  readonly #plan: FamilyPlan;
  /** What the plan is for. */
  #planned: ForwardingTable | undefined;
  /** Whether the kernel has what the plan says. */
  #inStep = false;
  /** Once packets to loopback are led on, they must be kept away from those outside until the rules are removed. */
  #guardsLoopback = false;
  readonly #turnedAway: TurnedAway;
  #written: Readonly<Record<TableName, number>> | undefined;

  constructor(traits: FamilyTraits, kernel: FamilyKernel) {
    this.#traits = traits;
    this.#kernel = kernel;
    this.#plan = new FamilyPlan(traits);
    this.#turnedAway = new TurnedAway(traits, kernel.programs);
  }

  /** What the next `apply` will be. */
  get nextSync(): SyncKind {
    return this.#inStep ? "partial" : "full";
  }

  /**
   * Makes `next` so; `changesSince` says what changes from the table that was planned last. After an error the next call compares all rules.
   * Rejects with what iptables says.
   */
  async apply(next: ForwardingTable, changesSince: ChangesSince): Promise<void> {
    const held = this.#inStep ? undefined : await this.#read();
    if (held?.filter.chains.has(chains.localnet)) this.#guardsLoopback = true;
    const { randomFully } = this.#kernel;
    const options = nodeOptions(this.#traits, next, { guardsLoopback: this.#guardsLoopback, randomFully });
    const before = this.#planned;
    const { nat, filter } = this.#plan.change(changesSince(before), options);
    this.#planned = next;
    this.#guardsLoopback = options.guardsLoopback;
    if (held) await this.#restore(held, before);
    else {
      const known = { nat: nat.before, filter: filter.before };
      await this.#restore(known, before, { nat: nat.names, filter: filter.names });
    }
    if (options.leadsLoopback) await this.#kernel.routeLoopback();
  }

  /** Compares all rules with the kernel's and mends what differs; does nothing before the first apply. */
  async heal(): Promise<void> {
    if (this.#planned) await this.#restore(await this.#read(), this.#planned);
  }

  /** What was refused and dropped since the rules are there, by frontend key. Rejects with what iptables says. */
  async countTurnedAway(): Promise<ReadonlyMap<string, FrontendCounters>> {
    return this.#planned ? this.#turnedAway.read(this.#planned) : new Map();
  }

  /** Of those, the packets that conntrack could not place, which is one rule for all. */
  get droppedInvalid(): number {
    return this.#turnedAway.droppedInvalid;
  }

  /** How many rules the kernel has of ours; undefined before the first apply. PERF: it looks at each chain. */
  heldRules(table: TableName): number | undefined {
    if (!this.#written) return undefined;
    const { chains: own, jumps } = this.#plan.wanted[table];
    return [...own.values(), ...jumps.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** How many the last apply or mending wrote. */
  writtenRules(table: TableName): number | undefined {
    return this.#written?.[table];
  }

  async #read(): Promise<Ruleset> {
    return parseSavedRules(await this.#kernel.programs.save(this.#traits.program));
  }

  /** `before` is the table that the kernel's rules are for. */
  async #restore(held: Ruleset, before: ForwardingTable | undefined, suspects?: Suspects): Promise<void> {
    const { namesAtOnce } = this.#kernel.programs;
    const text = restoreText(held, this.#plan.wanted, { namesAtOnce, ...(suspects && { suspects }) });
    this.#inStep = false;
    if (text !== undefined && before) await this.#turnedAway.keep(text, before);
    if (text !== undefined) await this.#kernel.programs.restore(this.#traits.program, text);
    this.#inStep = true;
    this.#written = writtenRules(text);
  }
}
