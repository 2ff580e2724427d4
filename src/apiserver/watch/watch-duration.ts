/** How long a watch lasts when nobody ends it. */
import type { ListOptions } from "../request/list-options.ts";

/** kube-apiserver ends watches after 30 to 60 minutes, so that clients spread over servers. */
const longestMs = 45 * 60_000;

/** A time that has passed already ends a watch as soon as it has begun. */
export function watchDurationMs({ timeoutSeconds }: Pick<ListOptions, "timeoutSeconds">): number {
  return timeoutSeconds ? Math.max(0, Math.min(timeoutSeconds * 1000, longestMs)) : longestMs;
}
