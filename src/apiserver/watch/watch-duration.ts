/** How long a watch lasts when nobody ends it. */
import type { ListOptions } from "../request/list-options.ts";

/** kube-apiserver ends watches after 30 to 60 minutes, so that clients spread over servers. */
const longestMs = 45 * 60_000;

export function watchDurationMs({ timeoutSeconds }: Pick<ListOptions, "timeoutSeconds">): number {
  return timeoutSeconds ? Math.min(timeoutSeconds * 1000, longestMs) : longestMs;
}
