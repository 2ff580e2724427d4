/**
 * ContentRevisions: since which revision a Service says what it says to proxies. A condition that is written into it makes a new revision
 * that changes nothing for them; whoever waits for that one to be forwarded, and writes a condition meanwhile, waits for ever.
 */
import type { Service } from "../../api/service.ts";

interface Known {
  readonly resourceVersion: string;
  readonly revision: number;
}

export class ContentRevisions {
  readonly #known = new Map<string, Known>();

  /**
   * `key`: `namespace/name`. Every revision counts but those that were told by `wrote`. NOTE: to compare what a Service says is not enough;
   * what was changed and changed back says the same, and a proxy may have heard of what was between.
   */
  of(key: string, { metadata: { resourceVersion } }: Service): number {
    const known = this.#known.get(key);
    if (known?.resourceVersion === resourceVersion) return known.revision;
    const revision = Number(resourceVersion);
    this.#known.set(key, { resourceVersion, revision });
    return revision;
  }

  /** A condition was written into `before`, on condition that nobody had changed it, and `after` came of it. */
  wrote(key: string, before: Service, after: Service): void {
    const { resourceVersion } = after.metadata;
    this.#known.set(key, { resourceVersion, revision: this.of(key, before) });
  }

  /** Forgets Services that are no longer there. */
  retain(keys: { has(key: string): boolean }): void {
    for (const key of this.#known.keys()) if (!keys.has(key)) this.#known.delete(key);
  }
}
