/** ReachedRevision: how far a reader of the store's watch has come, for those who must not act before it has seen enough. */

export interface ReachedRevision {
  readonly value: number;
  moveTo(revision: number): void;
  /** Resolves once the revision is reached, or after a second: other users of an etcd move revisions, too. */
  until(revision: number): Promise<void>;
}

const patienceMs = 1000;

export function createReachedRevision(): ReachedRevision {
  const waiting = new Set<{ readonly revision: number; resolve(): void }>();
  let reached = 0;
  return {
    get value() {
      return reached;
    },
    moveTo(revision) {
      reached = revision;
      for (const waiter of waiting) if (waiter.revision <= reached) waiter.resolve();
    },
    async until(revision) {
      if (revision <= reached) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { revision, resolve };
      waiting.add(waiter);
      const timer = setTimeout(resolve, patienceMs);
      await promise;
      clearTimeout(timer);
      waiting.delete(waiter);
    },
  };
}
