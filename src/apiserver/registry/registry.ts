/** Registry: what every verb works with. */
import type { KubeObject } from "../../api/meta.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { Store } from "../../store/store.ts";
import { expired } from "../errors.ts";
import { decodeObject } from "./object-text.ts";
import type { KindRegistry, ServedKind } from "./served-kind.ts";
import { type ObjectName, storageKey } from "./storage-key.ts";

export interface Registry {
  readonly store: Store;
  readonly kinds: KindRegistry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** An object as it is stored. */
export interface StoredObject {
  readonly key: string;
  readonly object: KubeObject;
  readonly text: string;
  readonly revision: number;
}

export async function readObject(
  { store }: Pick<Registry, "store">,
  kind: ServedKind,
  name: ObjectName,
): Promise<StoredObject | undefined> {
  const entry = await store.get(storageKey(kind.storage, name));
  if (!entry) return undefined;
  const { key, value: text, revision } = entry;
  return { key, text, revision, object: decodeObject(text, revision, kind.stored) };
}

export const continueExpiredMessage =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

export function listExpired(): Error {
  return expired("The resourceVersion for the provided list is too old.");
}
