/** One round of reading a kind: all objects, then every change, until the server ends it or something breaks. */
import type { KubeObject } from "../api/meta.ts";
import type { Clock } from "../lib/clock.ts";
import type { ApiClient, ListParameters } from "./api-client.ts";
import { ApiError, isGone } from "./errors.ts";
import { objectKey } from "./object-changes.ts";
import type { Resource } from "./resources.ts";

export interface ListWatchSource<T extends KubeObject> {
  readonly client: ApiClient;
  readonly resource: Resource<T>;
  readonly selection: Pick<ListParameters, "namespace" | "labelSelector" | "fieldSelector">;
  /** What is kept of an object. PERF: called as objects come in, so that a long list is never in memory whole. */
  readonly trim: (object: T) => T;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Where what is read goes to. */
export interface ListWatchSink<T> {
  /** The whole state at one moment. */
  replace(objects: ReadonlyMap<string, T>, resourceVersion: string): void;
  change(type: "ADDED" | "MODIFIED" | "DELETED", object: T): void;
  /** All changes up to here have been told. */
  reached(resourceVersion: string): void;
}

const pageSize = 500;
/** A server that does not know sendInitialEvents may never say that they ended. */
const initialEventsSilenceMs = 20_000;

/** Between 5 and 10 minutes, as client-go, so that many watches do not end together. */
function watchTimeoutSeconds(random: () => number): number {
  return Math.round(300 * (1 + random()));
}

/** Lists by watching (KEP-3157): one connection, no second request. Rejects with InitialEventsRefused if the server cannot. */
export async function streamingListWatch<T extends KubeObject>(
  source: ListWatchSource<T>,
  sink: ListWatchSink<T>,
  signal: AbortSignal,
): Promise<void> {
  const staged = new Map<string, T>();
  let listing = true;
  const silence = new AbortController();
  let cancel = () => {};
  const expectMore = () => {
    cancel();
    cancel = source.clock.after(initialEventsSilenceMs, () => silence.abort());
  };
  const parameters = {
    ...source.selection,
    sendInitialEvents: true,
    allowBookmarks: true,
    timeoutSeconds: watchTimeoutSeconds(source.random),
  };
  try {
    expectMore();
    const events = source.client.watch(
      source.resource,
      parameters,
      AbortSignal.any([signal, silence.signal]),
    );
    for await (const event of events) {
      if (!listing) tell(event, source, sink);
      else if (event.type === "BOOKMARK") {
        if (event.object.metadata.annotations?.["k8s.io/initial-events-end"] !== "true") continue;
        listing = false;
        cancel();
        sink.replace(staged, event.object.metadata.resourceVersion);
      } else {
        expectMore();
        stage(event, source, staged);
      }
    }
  } catch (error) {
    if (listing && isRefusal(error)) throw new InitialEventsRefused(error);
    throw error;
  } finally {
    cancel();
  }
  if (silence.signal.aborted) throw new InitialEventsRefused(undefined);
}

/** Lists page by page: all pages show the state at one moment. */
export async function pagedList<T extends KubeObject>(
  { client, resource, selection, trim }: ListWatchSource<T>,
  sink: ListWatchSink<T>,
  signal: AbortSignal,
): Promise<string> {
  const objects = new Map<string, T>();
  let page = await client.list(resource, { ...selection, limit: pageSize }, signal);
  for (;;) {
    for (const item of page.items) {
      // Items of a list carry neither apiVersion nor kind.
      const { group, version, kind } = resource;
      const object = { ...item, apiVersion: group ? `${group}/${version}` : version, kind };
      objects.set(objectKey(object.metadata), trim(object));
    }
    const next = page.metadata.continue;
    if (!next) break;
    try {
      page = await client.list(resource, { ...selection, limit: pageSize, continue: next }, signal);
    } catch (error) {
      if (!isGone(error)) throw error;
      objects.clear();
      page = await client.list(resource, selection, signal);
    }
  }
  sink.replace(objects, page.metadata.resourceVersion);
  return page.metadata.resourceVersion;
}

/** Tells every change after `resourceVersion` until the server ends the watch. */
export async function watchFrom<T extends KubeObject>(
  source: ListWatchSource<T>,
  resourceVersion: string,
  sink: ListWatchSink<T>,
  signal: AbortSignal,
): Promise<void> {
  const timeoutSeconds = watchTimeoutSeconds(source.random);
  const parameters = { ...source.selection, resourceVersion, allowBookmarks: true, timeoutSeconds };
  for await (const event of source.client.watch(source.resource, parameters, signal))
    tell(event, source, sink);
}

export class InitialEventsRefused extends Error {
  override readonly name = "InitialEventsRefused";

  constructor(cause: unknown) {
    super("The API server does not list by watching", { cause });
  }
}

/** kube-apiserver before 1.32, or without the WatchList feature, answers 422; others say that they cannot. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && [400, 405, 415, 422, 501].includes(error.code);
}

type Event<T> = { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T };

function stage<T extends KubeObject>(
  { type, object }: Event<T>,
  { trim }: ListWatchSource<T>,
  staged: Map<string, T>,
): void {
  if (type === "DELETED") staged.delete(objectKey(object.metadata));
  else staged.set(objectKey(object.metadata), trim(object));
}

function tell<T extends KubeObject>(
  event: Event<T> | { readonly type: "BOOKMARK"; readonly object: KubeObject },
  { trim }: ListWatchSource<T>,
  sink: ListWatchSink<T>,
): void {
  if (event.type !== "BOOKMARK") sink.change(event.type, trim(event.object));
  sink.reached(event.object.metadata.resourceVersion);
}
