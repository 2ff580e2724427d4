/** A rate limit for each of many keys. */
import type { Clock } from "../lib/clock.ts";

export interface TokenBucketOptions {
  /** So many at once. */
  readonly burst: number;
  /** Then one each time that so long has passed. */
  readonly refillMs: number;
  /** Of the keys not used for the longest time, those beyond this number are forgotten. */
  readonly maxKeys: number;
}

export function createTokenBuckets(
  { burst, refillMs, maxKeys }: TokenBucketOptions,
  clock: Clock,
): { take(key: string): boolean } {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(key) {
      const now = clock.now();
      const bucket = buckets.get(key) ?? { tokens: burst, atMs: now };
      const tokens = Math.min(burst, bucket.tokens + (now - bucket.atMs) / refillMs);
      const taken = tokens >= 1;
      buckets.delete(key);
      buckets.set(key, { tokens: taken ? tokens - 1 : tokens, atMs: now });
      const [oldest] = buckets.keys();
      if (buckets.size > maxKeys && oldest !== undefined) buckets.delete(oldest);
      return taken;
    },
  };
}
