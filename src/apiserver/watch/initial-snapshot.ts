/** InitialSnapshot: what exists when a watch begins, as ADDED lines. Watchers that come at once share one. */
import type { Registry } from "../registry/registry.ts";
import { storagePrefix } from "../registry/storage-key.ts";
import { listObjects } from "../verbs/list-objects.ts";
import { eventLine } from "./event-text.ts";
import type { ObjectWatch } from "./watch-objects.ts";

export interface InitialSnapshot {
  readonly revision: number;
  readonly chunks: readonly Buffer[];
  readonly isEmpty: boolean;
}

const chunkCharacters = 256 * 1024;
/** Clients that start or reconnect together do so within this time. */
const keptMs = 1000;

let kept: { readonly store: object; readonly key: string; readonly snapshot: InitialSnapshot } | undefined;

export async function initialSnapshot(registry: Registry, watch: ObjectWatch): Promise<InitialSnapshot> {
  const { kind, namespace, options, form } = watch;
  const { store } = registry;
  const { labelSelector, fieldSelector } = options;
  const key = JSON.stringify([
    storagePrefix(kind.storage, namespace),
    form.key,
    labelSelector,
    fieldSelector,
  ]);
  const isCurrent =
    kept?.store === store && kept.key === key && kept.snapshot.revision === (await store.revision());
  if (kept && isCurrent) return kept.snapshot;
  const wanted = { ...options, limit: 0, continue: "", resourceVersionMatch: "" as const };
  const { objects, metadata } = await listObjects(registry, kind, namespace, wanted);
  const lines = objects.map((object, index) => eventLine("ADDED", form.single(object, index === 0)));
  const snapshot = {
    revision: metadata.revision,
    chunks: [...joinChunks(lines)],
    isEmpty: lines.length === 0,
  };
  const mine = { store, key, snapshot };
  kept = mine;
  setTimeout(() => {
    if (kept === mine) kept = undefined;
  }, keptMs).unref();
  return snapshot;
}

function* joinChunks(lines: readonly string[]): Generator<Buffer> {
  let from = 0;
  let characters = 0;
  for (const [index, line] of lines.entries()) {
    characters += line.length;
    if (characters < chunkCharacters && index < lines.length - 1) continue;
    yield Buffer.from(lines.slice(from, index + 1).join(""));
    from = index + 1;
    characters = 0;
  }
}
