/** A balancer that costs next to nothing before somebody wants one. */
import { type ApiClient, openListWatchCache, services } from "../../client/index.ts";
import { aborted } from "../../lib/aborted.ts";
import type { Logger } from "../../lib/log.ts";
import { type ClassChoice, isOurs } from "./our-services.ts";

export interface UntilWantedOptions extends ClassChoice {
  readonly client: ApiClient;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Resolves when there is a Service that this balancer is for, or the signal fires. */
export async function untilWanted({ client, log, signal, ...choice }: UntilWantedOptions): Promise<void> {
  const found = new AbortController();
  const ended = AbortSignal.any([signal, found.signal]);
  const cache = openListWatchCache({ client, resource: services, log, signal: ended });
  cache.subscribe(({ added, updated }) => {
    const all = [...added, ...updated.map(({ next }) => next)];
    if (all.some((service) => isOurs(service, choice))) found.abort();
  });
  await aborted(ended);
}
