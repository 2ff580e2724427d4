/** Chooses the backend of a new connection. */
import { type Backend, type Frontend, formatServicePortName } from "../../forwarding/index.ts";
import type { Runtime } from "./runtime.ts";

export type Choosing = Pick<Runtime, "affinity" | "clock" | "random">;

/**
 * Returns the backend that the client has an affinity to, else a random one, never one of `tried`; undefined when none is
 * left. Uniformly random, as kube-proxy's is.
 */
export function chooseBackend(
  { affinity, clock, random }: Choosing,
  frontend: Frontend,
  backends: readonly Backend[],
  client: string,
  tried?: ReadonlySet<string>,
): Backend | undefined {
  if (frontend.affinitySeconds !== undefined) {
    const service = formatServicePortName(frontend.service);
    const key = affinity.find(service, client, frontend.affinitySeconds * 1000, clock.now());
    const kept = backends.find((backend) => backend.key === key);
    if (kept && !tried?.has(kept.key)) return kept;
  }
  const left = tried && tried.size > 0 ? backends.filter(({ key }) => !tried.has(key)) : backends;
  return left[Math.floor(random() * left.length)];
}

/** Notes that the client was led to the backend, if the frontend has session affinity. */
export function rememberBackend(
  { affinity, clock }: Choosing,
  frontend: Frontend,
  client: string,
  { key }: Backend,
): void {
  if (frontend.affinitySeconds === undefined) return;
  affinity.remember(formatServicePortName(frontend.service), client, key, clock.now());
}
