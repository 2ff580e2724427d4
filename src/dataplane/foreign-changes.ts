/** ForeignChanges: compares what the kernel holds with what it must hold when somebody else may have changed it. */

export interface ForeignChangesOptions {
  /** Whether somebody else changed anything since it was last asked. */
  readonly changedByOthers: () => Promise<boolean>;
  /** Compares everything, and mends what differs. */
  readonly compare: () => Promise<void>;
  /** Grows by the milliseconds that a comparison costs. */
  readonly costMs: () => number;
  /** A comparison that costs less is made as often as somebody asks. */
  readonly costlyMs?: number;
}

/** Where others change things all the time, comparisons that cost much take one part in so many of the time. */
const REST_PER_COMPARISON = 50;
/** The first one costs nftables 30 ms for a small table, since its code is new; the next ones 10 ms. */
const COSTLY_COMPARISON_MS = 100;

export class ForeignChanges {
  readonly #options: ForeignChangesOptions;
  /** Somebody else changed something, perhaps of ours. */
  #suspicious = false;
  #mayCompareAt = 0;

  constructor(options: ForeignChangesOptions) {
    this.#options = options;
  }

  /** Compares if there is a reason to. After a failure the reason stays. */
  async mend(): Promise<void> {
    const { changedByOthers, compare, costMs, costlyMs = COSTLY_COMPARISON_MS } = this.#options;
    if (await changedByOthers()) this.#suspicious = true;
    if (!this.#suspicious || performance.now() < this.#mayCompareAt) return;
    const before = costMs();
    await compare();
    this.#suspicious = false;
    const cost = costMs() - before;
    this.#mayCompareAt = performance.now() + (cost < costlyMs ? 0 : cost * REST_PER_COMPARISON);
  }
}
