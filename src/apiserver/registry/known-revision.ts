/** A revision that a client asks for may be yet to come: another server of the same etcd has told it. */
import { tooLargeResourceVersion } from "../errors.ts";
import type { Registry } from "./registry.ts";

/** As long as kube-apiserver's cache blocks a request for a revision that it has not seen. */
const patienceMs = 3000;

/** Resolves once the store has the revision. Throws Timeout when it does not come: the client has seen another cluster. */
export async function requireKnownRevision(
  { store, clock }: Pick<Registry, "store" | "clock">,
  revision: number,
): Promise<void> {
  const newest = await store.revision();
  if (revision <= newest) return;
  const waiting = new AbortController();
  const cancel = clock.after(patienceMs, () => waiting.abort());
  let reached = newest;
  try {
    for await (const batch of store.watch("", newest, waiting.signal)) {
      reached = batch.revision;
      if (reached >= revision) return;
    }
  } finally {
    cancel();
    waiting.abort();
  }
  throw tooLargeResourceVersion(revision, reached);
}
