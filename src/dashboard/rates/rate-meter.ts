/** RateMeter: from totals that were read now and then to connections in each second. Pure. */
import { rateKey } from "../model/rate-key.ts";
import type { RateRow } from "../model/rows.ts";
import type { ConnectionCount } from "./read-connections.ts";

interface Reading {
  readonly at: number;
  readonly counts: readonly ConnectionCount[];
}

export class RateMeter {
  readonly #last = new Map<string, Reading>();
  readonly #rates = new Map<string, readonly RateRow[]>();

  /** What `source` says at `atMs`; `node` is where it runs, for those that are proxies. */
  take(source: string, node: string, counts: readonly ConnectionCount[], atMs: number): void {
    const before = this.#last.get(source);
    this.#last.set(source, { at: atMs, counts });
    if (!before || atMs <= before.at) return;
    const seconds = (atMs - before.at) / 1000;
    const earlier = new Map(before.counts.map(({ by, frontend, total }) => [`${by} ${frontend}`, total]));
    const sums = new Map<string, number>();
    for (const { by, service, port, frontend, total } of counts) {
      if (by === "proxy" && !frontend.startsWith("NodePort/")) continue;
      // A counter that fell began anew: its process did.
      const grown = total - (earlier.get(`${by} ${frontend}`) ?? 0);
      const key = rateKey(by === "proxy" ? node : "balancer", service, port);
      sums.set(key, (sums.get(key) ?? 0) + (grown < 0 ? total : grown) / seconds);
    }
    this.#rates.set(source, [...sums]);
  }

  /** It cannot be asked any more. */
  forget(source: string): void {
    this.#last.delete(source);
    this.#rates.delete(source);
  }

  get sources(): Iterable<string> {
    return this.#last.keys();
  }

  /** Rounded to tenths; several balancers' add up. */
  rows(): readonly RateRow[] {
    const sums = new Map<string, number>();
    for (const rows of this.#rates.values())
      for (const [key, perSecond] of rows) sums.set(key, (sums.get(key) ?? 0) + perSecond);
    return [...sums].map(([key, perSecond]) => [key, Math.round(perSecond * 10) / 10]);
  }
}
