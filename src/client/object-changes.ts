/** ObjectMap: the newest state of objects by key, and what changed since one was last told. */
import type { KubeObject } from "../api/meta.ts";
import type { ObjectKey } from "./api-client.ts";

/** Each object is in at most one of the three lists, except one that was replaced by another of its name: deleted, then added. */
export interface Changes<T> {
  readonly added: readonly T[];
  readonly updated: readonly { readonly previous: T; readonly next: T }[];
  /** In their last known state. */
  readonly deleted: readonly T[];
}

/** `default/web`, or `node-1` for what is in no namespace. */
export function objectKey({ namespace, name }: ObjectKey): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** Resource versions of one server can be compared as numbers (KEP-5504); NaN, which is neither older nor newer, otherwise. */
function revisionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion);
}

export class ObjectMap<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  /** What the keys that were touched since the last `takeChanges` held before. */
  readonly #before = new Map<string, T | undefined>();
  #revisionsForgotten = false;

  get objects(): ReadonlyMap<string, T> {
    return this.#objects;
  }

  /** Takes a state in, unless it or a newer one is there already. */
  set(object: T): void {
    const key = objectKey(object.metadata);
    const present = this.#objects.get(key);
    if (present && revisionOf(present) >= revisionOf(object)) return;
    this.#remember(key);
    this.#objects.set(key, object);
  }

  /** `object` is the last state. An object that was created since under the same name stays. */
  remove(object: T): void {
    const key = objectKey(object.metadata);
    const present = this.#objects.get(key);
    if (!present) return;
    if (present.metadata.uid !== object.metadata.uid && revisionOf(present) > revisionOf(object)) return;
    this.#remember(key);
    this.#objects.delete(key);
  }

  /** Makes `objects` the whole content as of a revision: what is not among them and not newer is gone. */
  replace(objects: ReadonlyMap<string, T>, resourceVersion: string): void {
    const asOf = this.#revisionsForgotten ? Number.POSITIVE_INFINITY : Number(resourceVersion);
    for (const [key, object] of this.#objects) {
      if (!objects.has(key) && !(revisionOf(object) > asOf)) this.remove(object);
    }
    for (const [key, object] of objects) {
      if (!this.#revisionsForgotten) this.set(object);
      else if (this.#objects.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion) {
        this.#remember(key);
        this.#objects.set(key, object);
      }
    }
    this.#revisionsForgotten = false;
  }

  /** The server was put back to an earlier time: revisions before and after the next `replace` cannot be compared. */
  forgetRevisions(): void {
    this.#revisionsForgotten = true;
  }

  /** Returns the difference to the last call, and undefined if there is none. */
  takeChanges(): Changes<T> | undefined {
    const added: T[] = [];
    const updated: { previous: T; next: T }[] = [];
    const deleted: T[] = [];
    for (const [key, previous] of this.#before) {
      const next = this.#objects.get(key);
      if (previous && next && previous.metadata.uid === next.metadata.uid) {
        if (previous !== next) updated.push({ previous, next });
        continue;
      }
      if (previous) deleted.push(previous);
      if (next) added.push(next);
    }
    this.#before.clear();
    return added.length + updated.length + deleted.length > 0 ? { added, updated, deleted } : undefined;
  }

  #remember(key: string): void {
    if (!this.#before.has(key)) this.#before.set(key, this.#objects.get(key));
  }
}
