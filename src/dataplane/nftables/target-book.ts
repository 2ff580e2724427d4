/** TargetBook: the targets that frontends lead to, their ids and sessions, and the rows that say which endpoints they have. */
import type { Backend } from "../../forwarding/forwarding-table.ts";
import { addressKey } from "./address-key.ts";
import { type Choice, chainOf } from "./choice.ts";
import type { CountedRows } from "./counted-rows.ts";
import type { IdSpace } from "./id-space.ts";
import { sets } from "./names.ts";
import type { RowSink } from "./row-delta.ts";
import type { Session, SessionSpace } from "./session-space.ts";
import { placeBackends } from "./slots.ts";
import { targetRows } from "./target-rows.ts";

/** What a target must be. */
export interface TargetSpec {
  /** Service port, protocol and set of endpoints: under it a target is found again when its endpoints change. */
  readonly key: string;
  readonly comment: string;
  readonly backends: readonly Backend[];
  readonly affinitySeconds?: number;
}

export interface Target {
  readonly key: string;
  readonly id: number;
  readonly choice: Choice;
  readonly comment: string;
  readonly backends: readonly Backend[];
  /** The same, each at its slot. */
  readonly slots: readonly Backend[];
  readonly session?: Session;
}

/** What the kernel has already, so that a new process goes on with the same numbers. */
export interface TargetMemory {
  /** Id that the frontend led to. */
  readonly id?: number;
  readonly session?: Session;
}

interface Entry {
  target: Target;
  uses: number;
}

export class TargetBook {
  readonly #ids: IdSpace;
  readonly #sessions: SessionSpace;
  readonly #localEndpoints: CountedRows;
  readonly #entries = new Map<string, Entry>();
  readonly #byId = new Map<number, Entry>();
  /** Entries without a use; they keep their place until the end of the batch, for whoever wants it back. */
  readonly #idle = new Set<Entry>();
  /** Ids whose rows go with this batch, and that may be given out only afterwards. */
  readonly #leaving = new Set<number>();

  constructor(ids: IdSpace, sessions: SessionSpace, localEndpoints: CountedRows) {
    this.#ids = ids;
    this.#sessions = sessions;
    this.#localEndpoints = localEndpoints;
  }

  /** Takes back one use of a target. */
  release(id: number): void {
    const entry = this.#byId.get(id);
    if (!entry) return;
    entry.uses -= 1;
    if (entry.uses === 0) this.#idle.add(entry);
  }

  /** Finds or makes the target, for one more use; undefined when there are no ids left. */
  acquire(spec: TargetSpec, memory: TargetMemory, sink: RowSink): Target | undefined {
    for (let variant = 1; ; variant++) {
      const key = variant === 1 ? spec.key : `${spec.key}#${variant}`;
      const entry = this.#entries.get(key);
      if (!entry) return this.#create({ ...spec, key }, memory, sink);
      if (!isSame(entry.target, spec)) {
        // Another frontend of the Service port still leads to other endpoints.
        if (entry.uses > 0) continue;
        if (!this.#change(entry, { ...spec, key }, sink)) return undefined;
      }
      entry.uses += 1;
      this.#idle.delete(entry);
      return entry.target;
    }
  }

  /** Forgets what has no use. Call it once in a batch, after all calls of acquire and release. */
  dropIdle(sink: RowSink): void {
    for (const entry of this.#idle) {
      this.#entries.delete(entry.target.key);
      this.#withdraw(entry, sink);
      if (entry.target.session) this.#sessions.close(entry.target.session);
    }
    this.#idle.clear();
    for (const id of this.#leaving) this.#ids.release(id);
    this.#leaving.clear();
  }

  targets(): readonly Target[] {
    return [...this.#entries.values()].map(({ target }) => target);
  }

  #create(spec: TargetSpec, memory: TargetMemory, sink: RowSink): Target | undefined {
    const target = this.#build(spec, memory, undefined);
    if (!target) return undefined;
    const entry: Entry = { target, uses: 1 };
    this.#entries.set(target.key, entry);
    this.#publish(entry, sink);
    return target;
  }

  /** The id stays as long as the way of choosing does; then rows change place by place. */
  #change(entry: Entry, spec: TargetSpec, sink: RowSink): boolean {
    const previous = entry.target;
    this.#withdraw(entry, sink);
    const target = this.#build(spec, {}, previous);
    if (!target) {
      this.#publish(entry, sink);
      return false;
    }
    entry.target = target;
    if (previous.session && !target.session) this.#sessions.close(previous.session);
    this.#publish(entry, sink);
    return true;
  }

  #build(spec: TargetSpec, memory: TargetMemory, previous: Target | undefined): Target | undefined {
    const choice = choiceOf(spec);
    const session = spec.affinitySeconds === undefined ? undefined : this.#sessionFor(memory, previous);
    if (spec.affinitySeconds !== undefined && !session) return undefined;
    const id = this.#idFor(choice, memory, previous);
    if (id === undefined) {
      if (session && session !== previous?.session) this.#sessions.close(session);
      return undefined;
    }
    session?.setEndpoints(spec.backends.map(({ key }) => key));
    const { key, comment, backends } = spec;
    const slots = placeBackends(previous?.id === id ? previous.slots : [], backends);
    return { key, id, choice, comment, backends, slots, ...(session && { session }) };
  }

  #sessionFor(memory: TargetMemory, previous: Target | undefined): Session | undefined {
    return previous?.session ?? this.#sessions.open(memory.session);
  }

  #idFor(choice: Choice, memory: TargetMemory, previous: Target | undefined): number | undefined {
    if (previous && chainOf(previous.choice) === chainOf(choice)) return previous.id;
    if (memory.id !== undefined && this.#ids.claim(memory.id, choice)) return memory.id;
    return this.#ids.allocate(choice);
  }

  #publish(entry: Entry, sink: RowSink): void {
    const { target } = entry;
    this.#byId.set(target.id, entry);
    this.#leaving.delete(target.id);
    sink.put(targetRows(target));
    for (const { address, local } of target.backends) {
      if (local) this.#localEndpoints.add(localEndpoint(address), sink);
    }
  }

  #withdraw(entry: Entry, sink: RowSink): void {
    const { target } = entry;
    this.#byId.delete(target.id);
    this.#leaving.add(target.id);
    sink.take(targetRows(target));
    for (const { address, local } of target.backends) {
      if (local) this.#localEndpoints.remove(localEndpoint(address), sink);
    }
  }
}

function choiceOf({ backends, affinitySeconds }: TargetSpec): Choice {
  return { endpoints: backends.length, ...(affinitySeconds !== undefined && { affinitySeconds }) };
}

function isSame(target: Target, { backends, affinitySeconds, comment }: TargetSpec): boolean {
  return (
    target.choice.affinitySeconds === affinitySeconds &&
    target.comment === comment &&
    (target.backends === backends ||
      (target.backends.length === backends.length &&
        target.backends.every(
          ({ key, local }, index) => key === backends[index]?.key && local === backends[index]?.local,
        )))
  );
}

function localEndpoint(address: string) {
  return { set: sets.localEndpoints, key: addressKey(address).repeat(2) };
}
