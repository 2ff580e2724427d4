/** Asking a hook for what a write takes, and asking again when it may not have known what other servers did. */
import type { KubeObject } from "../../api/meta.ts";
import { isApiStatusError } from "../errors.ts";
import type { PreparedWrite, WriteHook } from "../write-hook.ts";

/** Throws the hook's ApiStatusError if it stands when the hook knows all that is stored. */
export async function prepareWrite<T extends KubeObject>(
  hook: WriteHook<T>,
  prepare: (hook: WriteHook<T>) => PreparedWrite<T>,
): Promise<PreparedWrite<T>> {
  try {
    return prepare(hook);
  } catch (error) {
    if (!hook.settle || !isApiStatusError(error)) throw error;
    await hook.settle();
    return prepare(hook);
  }
}
