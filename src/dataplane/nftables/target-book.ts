/** TargetBook: the targets that frontends lead to, their ids and sessions, and the rows that say which endpoints they have. */
import type { Backend } from "../../forwarding/forwarding-table.ts";
import { type Choice, chainOf } from "./choice.ts";
import type { CountedRows } from "./counted-rows.ts";
import type { IdSpace } from "./id-space.ts";
import type { EndpointSet } from "./names.ts";
import type { RowSink } from "./row-delta.ts";
import type { Session } from "./session.ts";
import type { SessionSpace } from "./session-space.ts";
import { hashEntries, hashSlots, placeBackends } from "./slots.ts";
import { targetRows } from "./target-rows.ts";

/** What a target must be. */
export interface TargetSpec {
  /** Service port and protocol. With the set, a target is found again under it when its endpoints change. */
  readonly service: string;
  readonly set: EndpointSet;
  readonly comment: string;
  readonly backends: readonly Backend[];
  readonly affinitySeconds?: number;
  /** Flows choose by hash, with affinity clients. */
  readonly byHash?: boolean;
  /** How many backends there are, with those that get no flows now; those of `backends` if absent. */
  readonly known?: number;
}

export interface Target {
  readonly key: string;
  /** Under which it shares a session with others of the Service port. */
  readonly sessionKey: string;
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

type TargetKeys = Pick<Target, "key" | "sessionKey">;

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
      const sessionKey = variant === 1 ? spec.service : `${spec.service}#${variant}`;
      const key = `${sessionKey}/${spec.set}`;
      const entry = this.#entries.get(key);
      if (!entry) return this.#create({ key, sessionKey }, spec, memory, sink);
      if (!isSame(entry.target, spec)) {
        // Another frontend of the Service port still leads to other endpoints.
        if (entry.uses > 0) continue;
        if (!this.#change(entry, spec, sink)) return undefined;
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
      this.#closeSession(entry.target);
    }
    this.#idle.clear();
    for (const id of this.#leaving) this.#ids.release(id);
    this.#leaving.clear();
  }

  targets(): readonly Target[] {
    return [...this.#entries.values()].map(({ target }) => target);
  }

  #create(keys: TargetKeys, spec: TargetSpec, memory: TargetMemory, sink: RowSink): Target | undefined {
    const target = this.#build(keys, spec, memory, undefined);
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
    const target = this.#build(previous, spec, {}, previous);
    // Only now: endpoints that stay have never been without a use, and so keep their numbers.
    if (target) this.#closeSession(previous);
    entry.target = target ?? previous;
    this.#publish(entry, sink);
    return target !== undefined;
  }

  #build(
    { key, sessionKey }: TargetKeys,
    spec: TargetSpec,
    memory: TargetMemory,
    previous: Target | undefined,
  ): Target | undefined {
    const choice = choiceOf(spec);
    const { comment, backends } = spec;
    const session = choice.affinity && this.#openSession(sessionKey, backends, memory);
    if (choice.affinity && !session) return undefined;
    const id = this.#idFor(choice, memory, previous);
    if (id === undefined) {
      if (session) this.#closeSession({ sessionKey, session, backends });
      return undefined;
    }
    const slots = choice.byHash
      ? hashSlots(backends, choice.endpoints)
      : placeBackends(previous?.id === id ? previous.slots : [], backends);
    return { key, sessionKey, id, choice, comment, backends, slots, ...(session && { session }) };
  }

  #openSession(key: string, backends: readonly Backend[], memory: TargetMemory): Session | undefined {
    const session = this.#sessions.open(key, memory.session);
    if (session?.hold(backends.map((backend) => backend.key))) return session;
    if (session) this.#sessions.close(key);
    return undefined;
  }

  #closeSession({
    sessionKey,
    session,
    backends,
  }: Pick<Target, "sessionKey" | "session" | "backends">): void {
    if (!session) return;
    session.release(backends.map(({ key }) => key));
    this.#sessions.close(sessionKey);
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
      if (local) this.#localEndpoints.add(address, sink);
    }
  }

  #withdraw(entry: Entry, sink: RowSink): void {
    const { target } = entry;
    this.#byId.delete(target.id);
    this.#leaving.add(target.id);
    sink.take(targetRows(target));
    for (const { address, local } of target.backends) {
      if (local) this.#localEndpoints.remove(address, sink);
    }
  }
}

function choiceOf({ backends, affinitySeconds: seconds, set, byHash, known = 0 }: TargetSpec): Choice {
  return {
    endpoints: byHash ? hashEntries(Math.max(known, backends.length)) : backends.length,
    ...(byHash && { byHash }),
    ...(seconds !== undefined && { affinity: { seconds, set } }),
  };
}

function isSame(target: Target, spec: TargetSpec): boolean {
  const { backends, comment, byHash } = spec;
  return (
    chainOf(target.choice) === chainOf(choiceOf(spec)) &&
    target.comment === comment &&
    (target.backends === backends ||
      (target.backends.length === backends.length &&
        target.backends.every(
          ({ key, local, weight }, index) =>
            key === backends[index]?.key &&
            local === backends[index]?.local &&
            (!byHash || weight === backends[index]?.weight),
        )))
  );
}
