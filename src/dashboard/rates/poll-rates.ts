/** Asks proxies and load balancers what they have counted, as long as somebody watches. */
import { setTimeout as delay } from "node:timers/promises";
import { readUrl } from "../../lib/read-url.ts";
import type { RateRow } from "../model/rows.ts";
import { RateMeter } from "./rate-meter.ts";
import { readConnections } from "./read-connections.ts";

/** Somebody who can be asked. */
export interface RateSource {
  readonly url: string;
  /** Name of the node that it runs on; "" for none. */
  readonly node: string;
}

export interface PollRatesOptions {
  /** Who is to be asked now. */
  readonly sources: () => readonly RateSource[];
  readonly isWatched: () => boolean;
  readonly onRates: (rows: readonly RateRow[]) => void;
  readonly signal: AbortSignal;
}

const everyMs = 2000;
const timeoutMs = 1500;
/** So many are asked at a time. */
const parallel = 32;

/** Runs until the signal fires. Who does not answer has no rates. */
export async function pollRates({ sources, isWatched, onRates, signal }: PollRatesOptions): Promise<void> {
  const meter = new RateMeter();
  while (!signal.aborted) {
    if (isWatched()) {
      const all = sources();
      await askAll(all, meter);
      const present = new Set(all.map(({ url }) => url));
      for (const url of [...meter.sources]) if (!present.has(url)) meter.forget(url);
      onRates(meter.rows());
    }
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

async function askAll(sources: readonly RateSource[], meter: RateMeter): Promise<void> {
  const waiting = sources.values();
  const askNext = async () => {
    for (const { url, node } of waiting) {
      const text = await readUrl(url, { timeoutMs }).catch(() => undefined);
      if (text === undefined) meter.forget(url);
      else meter.take(url, node, readConnections(text), performance.now());
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, sources.length) }, askNext));
}
