/** What no commit may ask for, whatever the store holds. */
import type { Write } from "./store.ts";

/** Throws TypeError if a key is written twice. */
export function checkWrites(writes: readonly Write[]): void {
  if (writes.length < 2) return;
  const keys = new Set(writes.map(({ key }) => key));
  if (keys.size < writes.length) throw new TypeError("Cannot commit: a key is written twice");
}
