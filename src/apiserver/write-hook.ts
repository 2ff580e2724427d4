/**
 * WriteHook: what a write of a kind takes and gives back beside the object itself: a Service's node ports and addresses.
 * Two-phase: a hook allocates first; the server then stores the object and calls `commit`, or fails and calls `revert`.
 */
import type { KubeObject } from "../api/meta.ts";
import type { Write } from "../store/store.ts";

export interface PreparedWrite<T> {
  /** The object with what was allocated filled in. */
  readonly object: T;
  /** Writes that belong to the same commit: a Service's IPAddress objects. */
  readonly writes: readonly Write[];
  /** After the object is stored: what it no longer uses becomes free. */
  commit(): void;
  /** After a failure, and after a dry run: all that was taken becomes free again. */
  revert(): void;
}

/** Each method throws an ApiStatusError (apiserver/errors.ts) when something cannot be had; nothing is taken then. */
export interface WriteHook<T extends KubeObject> {
  /** Runs after defaulting and before validation, as in kube-apiserver. */
  create(object: T): PreparedWrite<T>;
  update(next: T, old: T): PreparedWrite<T>;
  /** Runs when the object is really removed, not when it is only marked for deletion. */
  remove(object: T): PreparedWrite<T>;
  /** Resolves once the hook knows what all servers have stored until now. Absent where it has nothing to know. */
  settle?(): Promise<void>;
}
