/**
 * ContentRevisions: since which revision a Service says what it says to proxies. A condition that is written into it makes a new revision
 * that changes nothing for them; whoever waits for that one to be forwarded, and writes a condition meanwhile, waits for ever.
 */
import type { Service } from "../../api/service.ts";

interface Seen {
  readonly resourceVersion: string;
  readonly content: string;
  readonly revision: number;
}

export class ContentRevisions {
  readonly #seen = new Map<string, Seen>();

  /** `key`: `namespace/name`. PERF: a Service that is as it was costs a look at its resourceVersion. */
  of(key: string, service: Service): number {
    const { resourceVersion } = service.metadata;
    const seen = this.#seen.get(key);
    if (seen?.resourceVersion === resourceVersion) return seen.revision;
    const content = contentOf(service);
    const revision = seen?.content === content ? seen.revision : Number(resourceVersion);
    this.#seen.set(key, { resourceVersion, content, revision });
    return revision;
  }

  /** Forgets Services that are no longer there. */
  retain(keys: { has(key: string): boolean }): void {
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key);
  }
}

function contentOf({ metadata: { uid, labels, annotations }, spec, status }: Service): string {
  return JSON.stringify([uid, labels, annotations, spec, status?.loadBalancer]);
}
