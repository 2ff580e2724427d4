/** ListWatchCache: all objects of a kind in memory, kept up to date by a watch; what client-go calls an informer. */
import type { KubeObject } from "../api/meta.ts";
import { type BackOff, createBackOff } from "../lib/back-off.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { wait } from "../lib/wait.ts";
import type { ApiClient, ObjectKey } from "./api-client.ts";
import { ApiError, isGone, isNotFound, NetworkError } from "./errors.ts";
import {
  InitialEventsRefused,
  type ListWatchSink,
  type ListWatchSource,
  pagedList,
  streamingListWatch,
  watchFrom,
} from "./list-watch.ts";
import { type Changes, ObjectMap, objectKey } from "./object-changes.ts";
import type { Resource } from "./resources.ts";

export interface ListWatchCacheOptions<T extends KubeObject> {
  readonly client: ApiClient;
  readonly resource: Resource<T>;
  readonly log: Logger;
  /** Ends the watch; what was read stays readable. */
  readonly signal: AbortSignal;
  /** All namespaces if absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Drops what the reader does not need, to save memory; metadata.managedFields is dropped in any case. */
  readonly trim?: (object: T) => T;
  /** A server that does not have the kind is nothing to warn of; it is asked again now and then. */
  readonly mayBeAbsent?: boolean;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface ListWatchCache<T extends KubeObject> {
  /** True once the whole state has been read; it stays true, with the last state, when the API is gone. */
  readonly synced: boolean;
  /** All changes up to this resourceVersion have been told to the listeners; undefined before the first sync. */
  readonly toldVersion: string | undefined;
  /** A live view by `namespace/name` (`name` for what is in no namespace); empty before the first sync. */
  items(): ReadonlyMap<string, T>;
  get(key: ObjectKey): T | undefined;
  /** Takes in what a write returned and tells the listeners, before the watch does: whoever writes reads his own writes. */
  note(object: T): void;
  /** Resolves at the first sync; rejects with the reason if a signal fires before. */
  whenSynced(signal?: AbortSignal): Promise<void>;
  /**
   * Tells a listener of changes, those that arrive together at once; `items()` has them already. What is there is told as
   * added before this returns, or at the first sync. Returns a function that ends the subscription.
   */
  subscribe(listener: (changes: Changes<T>) => void): () => void;
}

const firstRetryMs = 50;
const maxRetryMs = 10_000;
/** To be refused costs the server nothing, and whoever waits long after it is back forwards to where nobody is. */
const maxUnreachableRetryMs = 1_000;
/** A watch that lived so long was not refused: the next failure starts with a short wait. */
const healthyAfterMs = 1_000;

/** Starts reading at once. Errors are logged and tried again: with the API gone, the cache keeps the last state. */
export function openListWatchCache<T extends KubeObject>(
  options: ListWatchCacheOptions<T>,
): ListWatchCache<T> {
  const cache = new Cache<T>(options);
  void cache.run();
  return cache;
}

class Cache<T extends KubeObject> implements ListWatchCache<T>, ListWatchSink<T> {
  readonly #options: ListWatchCacheOptions<T>;
  readonly #source: ListWatchSource<T>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #map = new ObjectMap<T>();
  readonly #listeners = new Set<(changes: Changes<T>) => void>();
  readonly #synced = Promise.withResolvers<void>();
  readonly #backOff: BackOff;
  #isSynced = false;
  #flushing = false;
  /** Where the next watch starts; undefined: list again. */
  #resourceVersion: string | undefined;
  #toldVersion: string | undefined;
  #canStream = true;
  #failing = false;

  constructor(options: ListWatchCacheOptions<T>) {
    const { client, resource, namespace, labelSelector, fieldSelector, random = Math.random } = options;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log.child({ resource: resource.plural });
    this.#backOff = createBackOff({ firstMs: firstRetryMs, maxMs: maxRetryMs, random });
    const selection = {
      ...(namespace ? { namespace } : {}),
      ...(labelSelector ? { labelSelector } : {}),
      ...(fieldSelector ? { fieldSelector } : {}),
    };
    const trim = (object: T) => this.#trim(object);
    this.#source = { client, resource, selection, trim, clock: this.#clock, random };
  }

  get synced(): boolean {
    return this.#isSynced;
  }

  get toldVersion(): string | undefined {
    return this.#toldVersion;
  }

  items(): ReadonlyMap<string, T> {
    return this.#map.objects;
  }

  get(key: ObjectKey): T | undefined {
    return this.#map.objects.get(objectKey(key));
  }

  async whenSynced(signal?: AbortSignal): Promise<void> {
    if (this.#isSynced) return;
    const signals = signal ? [signal, this.#options.signal] : [this.#options.signal];
    const stop = AbortSignal.any(signals);
    stop.throwIfAborted();
    const stopped = Promise.withResolvers<never>();
    const abort = () => stopped.reject(stop.reason);
    stop.addEventListener("abort", abort, { once: true });
    try {
      await Promise.race([this.#synced.promise, stopped.promise]);
    } finally {
      stop.removeEventListener("abort", abort);
    }
  }

  subscribe(listener: (changes: Changes<T>) => void): () => void {
    this.#flush();
    this.#listeners.add(listener);
    const present = [...this.#map.objects.values()];
    if (present.length > 0) this.#call(listener, { added: present, updated: [], deleted: [] });
    return () => this.#listeners.delete(listener);
  }

  replace(objects: ReadonlyMap<string, T>, resourceVersion: string): void {
    this.#map.replace(objects, resourceVersion);
    this.#resourceVersion = resourceVersion;
    if (!this.#isSynced) {
      this.#isSynced = true;
      this.#synced.resolve();
    }
    this.#recovered();
    this.#scheduleFlush();
  }

  note(object: T): void {
    if (!this.#isSynced) return;
    this.#map.set(this.#trim(object));
    this.#flush();
  }

  change(type: "ADDED" | "MODIFIED" | "DELETED", object: T): void {
    if (type === "DELETED") this.#map.remove(object);
    else this.#map.set(object);
    this.#scheduleFlush();
  }

  reached(resourceVersion: string): void {
    this.#resourceVersion = resourceVersion;
    if (!this.#flushing) this.#toldVersion = resourceVersion;
    this.#recovered();
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      const startedAt = this.#clock.now();
      let failure: unknown;
      try {
        await this.#round(signal);
      } catch (error) {
        failure = error;
      }
      if (signal.aborted) return;
      if (this.#clock.now() - startedAt >= healthyAfterMs) this.#backOff.reset();
      if (failure instanceof InitialEventsRefused) {
        this.#canStream = false;
        continue;
      }
      if (mustListAgain(failure)) this.#resourceVersion = undefined;
      if (isAheadOfServer(failure)) this.#map.forgetRevisions();
      if (failure !== undefined && !isGone(failure)) this.#failed(failure);
      await wait(this.#clock, this.#retryInMs(failure), signal);
    }
  }

  #retryInMs(failure: unknown): number {
    const delayMs = this.#backOff.nextMs();
    return isUnreachable(failure) ? Math.min(delayMs, maxUnreachableRetryMs) : delayMs;
  }

  async #round(signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion === undefined && this.#canStream) {
      return await streamingListWatch(this.#source, this, signal);
    }
    this.#resourceVersion ??= await pagedList(this.#source, this, signal);
    await watchFrom(this.#source, this.#resourceVersion, this, signal);
  }

  /** Listeners run after all events that have arrived are in the map: a burst is one call. */
  #scheduleFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const changes = this.#map.takeChanges();
    this.#toldVersion = this.#resourceVersion;
    if (changes) for (const listener of this.#listeners) this.#call(listener, changes);
  }

  #call(listener: (changes: Changes<T>) => void, changes: Changes<T>): void {
    try {
      listener(changes);
    } catch (error) {
      this.#log.error("A listener to changes failed", { error: (error as Error).stack });
    }
  }

  #trim(object: T): T {
    if (object.metadata.managedFields) {
      const { managedFields: _, ...metadata } = object.metadata;
      object = { ...object, metadata };
    }
    return this.#options.trim ? this.#options.trim(object) : object;
  }

  #failed(error: unknown): void {
    const fields = { error: error instanceof Error ? error.message : String(error) };
    const isExpected = this.#options.mayBeAbsent && isNotFound(error);
    if (this.#failing || isExpected) this.#log.debug("Cannot watch yet", fields);
    else
      this.#log.warn(this.#isSynced ? "Lost the watch, keeping the last state" : "Cannot watch yet", fields);
    this.#failing = true;
  }

  #recovered(): void {
    if (this.#failing) this.#log.info("Watching again", { objects: this.#map.objects.size });
    this.#failing = false;
  }
}

/** The history is gone (410), or this watch cannot be had for another reason that time does not heal. */
function mustListAgain(failure: unknown): boolean {
  if (!(failure instanceof ApiError)) return false;
  const { code } = failure;
  return isAheadOfServer(failure) || (code >= 400 && code < 500 && ![401, 403, 429].includes(code));
}

/** "Too large resource version": the server has never been where we are; its store was put back to a backup, say. */
function isAheadOfServer(failure: unknown): boolean {
  return failure instanceof ApiError && failure.code === 504;
}

function isUnreachable(failure: unknown): boolean {
  return failure instanceof NetworkError && failure.code === "unreachable";
}
