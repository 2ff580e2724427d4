/** StoredRoles: all roles and bindings as values, kept up to date by a watch of the store. */
import { rbacGroup } from "../../api/rbac/rbac.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { wait } from "../../lib/wait.ts";
import type { Store } from "../../store/index.ts";
import { createReachedRevision, type ReachedRevision } from "../registry/reached-revision.ts";

export const rbacPrefix = `${rbacGroup}/`;

export interface StoredRoles {
  get(key: string): unknown;
  under(prefix: string): readonly unknown[];
  readonly reached: ReachedRevision;
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** Stops it, like `stop`. */
  readonly signal: AbortSignal;
  /** Runs whenever something has changed, and once at the start. */
  changed(): void;
}

const againMs = 1000;

/** Resolves when all that is stored is known. */
export async function followStoredRoles(options: FollowOptions): Promise<StoredRoles> {
  const { store, signal } = options;
  const objects = new Map<string, unknown>();
  const reached = createReachedRevision();
  const stopping = new AbortController();
  signal.addEventListener("abort", () => stopping.abort(), { once: true });
  const copy: Copy = { store, objects, reached, changed: options.changed };
  await load(copy);
  const following = follow(copy, options, stopping.signal);
  return {
    get: (key) => objects.get(key),
    under: (prefix) => [...objects].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value),
    reached,
    async stop() {
      stopping.abort();
      await following;
    },
  };
}

interface Copy {
  readonly store: Store;
  readonly objects: Map<string, unknown>;
  readonly reached: ReachedRevision;
  changed(): void;
}

async function load({ store, objects, reached, changed }: Copy): Promise<void> {
  const { entries, revision } = await store.list(rbacPrefix);
  objects.clear();
  for (const { key, value } of entries) objects.set(key, JSON.parse(value));
  changed();
  reached.moveTo(revision);
}

async function watch({ store, objects, reached, changed }: Copy, signal: AbortSignal): Promise<void> {
  for await (const { events, revision } of store.watch(rbacPrefix, reached.value, signal)) {
    for (const event of events) {
      if (event.type === "put") objects.set(event.key, JSON.parse(event.value));
      else objects.delete(event.key);
    }
    if (events.length > 0) changed();
    reached.moveTo(revision);
  }
}

/** Never rejects. */
async function follow(copy: Copy, { clock, log }: FollowOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await watch(copy, signal);
      if (signal.aborted) return;
      await load(copy);
    } catch (error) {
      log.warn("Failed to follow roles and bindings", { error: String(error) });
      await wait(clock, againMs, signal);
      await load(copy).catch(() => {});
    }
  }
}
