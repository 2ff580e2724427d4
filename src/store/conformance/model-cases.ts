import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CompactedError, type Store, type StoreEvent, type Write } from "../store.ts";
import { createModelStore, type ModelStore } from "./model-store.ts";
import { type MakeStore, readUntil } from "./temporary-store.ts";

const keyArbitrary = fc.constantFrom("a/1", "a/2", "a/3", "a/\u{1f6aa}", "a/\uffee", "b/1", "b/2", "a");
const prefixArbitrary = fc.constantFrom("", "a/", "b/", "a");

interface PlannedWrite {
  readonly key: string;
  readonly value: string | undefined;
  /** `current` is the revision that the key has when the commit is made. */
  readonly condition: "none" | "current" | "absent" | "wrong";
}

type Step =
  | { readonly kind: "commits"; readonly commits: readonly (readonly PlannedWrite[])[] }
  | { readonly kind: "list"; readonly prefix: string; readonly limit: number; readonly back: number }
  | { readonly kind: "compact"; readonly back: number };

const writeArbitrary: fc.Arbitrary<PlannedWrite> = fc.record({
  key: keyArbitrary,
  value: fc.option(fc.string({ maxLength: 5 }), { nil: undefined, freq: 3 }),
  condition: fc.constantFrom("none", "none", "current", "absent", "wrong"),
});

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("commits" as const),
      commits: fc.array(fc.uniqueArray(writeArbitrary, { selector: ({ key }) => key, maxLength: 3 }), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("list" as const),
      prefix: prefixArbitrary,
      limit: fc.integer({ min: 1, max: 4 }),
      back: fc.nat(6),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("compact" as const), back: fc.nat(6) }) },
);

/** So that a watcher has something to wait for. */
const finalStep: Step = {
  kind: "commits",
  commits: [[{ key: "b/1", value: "end", condition: "none" }]],
};

export function modelConformance(makeStore: MakeStore): void {
  test("any sequence of commits, lists and compactions does what the model does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 25 }), prefixArbitrary, async (steps, prefix) => {
        await using temporary = await makeStore();
        const { store } = temporary;
        const start = await store.revision();
        const model = createModelStore(start);
        let oldest = start;
        const watched = collect(store, prefix, start);
        for (const step of [...steps, finalStep]) oldest = await take(step, store, model, oldest);
        assert.deepEqual(
          await readUntil(store.watch(prefix, oldest, AbortSignal.timeout(5000)), model.revision()),
          model.events(prefix, oldest),
        );
        await watched.compare(model);
      }),
      { numRuns: 60 },
    );
  });
}

async function take(step: Step, store: Store, model: ModelStore, oldest: number): Promise<number> {
  switch (step.kind) {
    case "commits": {
      const commits = step.commits.map((planned) => planned.map((write) => writeOf(write, model)));
      const results = await Promise.all(commits.map((writes) => store.commit(writes)));
      assert.deepEqual(
        results,
        commits.map((writes) => model.commit(writes)),
      );
      assert.equal(await store.revision(), model.revision());
      return oldest;
    }
    case "list":
      await compareList(step, store, model, oldest);
      return oldest;
    case "compact": {
      const upTo = Math.max(oldest, model.revision() - step.back);
      await store.compact(upTo);
      return upTo;
    }
  }
}

function writeOf({ key, value, condition }: PlannedWrite, model: ModelStore): Write {
  const current = model.get(key)?.revision ?? 0;
  const ifRevision = { none: undefined, current, absent: 0, wrong: current + 1 }[condition];
  return {
    key,
    ...(value === undefined ? {} : { value }),
    ...(ifRevision === undefined ? {} : { ifRevision }),
  };
}

/** Reads the list page by page. */
async function compareList(
  { prefix, limit, back }: Extract<Step, { kind: "list" }>,
  store: Store,
  model: ModelStore,
  oldest: number,
): Promise<void> {
  const revision = Math.max(oldest, model.revision() - back);
  const expected = model.list(prefix, revision);
  let after: string | undefined;
  for (let shown = 0; shown === 0 || shown < expected.length; shown += limit) {
    const page = await store.list(prefix, { limit, revision, ...(after === undefined ? {} : { after }) });
    assert.deepEqual(page, {
      entries: expected.slice(shown, shown + limit),
      revision,
      remaining: Math.max(0, expected.length - shown - limit),
    });
    after = page.entries.at(-1)?.key;
  }
}

/** Watches while the steps are taken, until compaction has overtaken it. */
function collect(store: Store, prefix: string, from: number) {
  const controller = new AbortController();
  const events: StoreEvent[] = [];
  let target = Number.POSITIVE_INFINITY;
  const done = (async () => {
    try {
      for await (const batch of store.watch(prefix, from, controller.signal)) {
        events.push(...batch.events);
        if (batch.revision >= target) return "complete";
      }
      return "aborted";
    } catch (error) {
      assert.ok(error instanceof CompactedError, String(error));
      return "compacted";
    }
  })();
  return {
    async compare(model: ModelStore): Promise<void> {
      target = model.revision();
      const expected = model.events(prefix, from);
      const last = { key: "a/last", value: "" };
      await store.commit([last]);
      if ((await done) === "compacted") assert.deepEqual(events, expected.slice(0, events.length));
      else
        assert.deepEqual(
          events.filter(({ key }) => key !== last.key),
          expected,
        );
    },
  };
}
