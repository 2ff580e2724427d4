/** Chooses the backend of a new connection. */
import { type Backend, entryOfFlow, type Frontend, formatServicePortName } from "../../forwarding/index.ts";
import type { Runtime } from "./runtime.ts";

export type Choosing = Pick<Runtime, "affinity" | "clock" | "random" | "maglev">;

export interface FlowClient {
  readonly address: string;
  readonly port: number;
}

/**
 * Returns the backend that the client has an affinity to, else one as the frontend's `spread` says, never one of `tried`; undefined
 * when none is left. Random is uniformly random, as kube-proxy's is. `to` is the frontend's address that the client addressed.
 */
export function chooseBackend(
  choosing: Choosing,
  frontend: Frontend,
  backends: readonly Backend[],
  client: FlowClient,
  to: string,
  tried?: ReadonlySet<string>,
): Backend | undefined {
  const { affinity, clock, random } = choosing;
  if (frontend.affinitySeconds !== undefined) {
    const service = formatServicePortName(frontend.service);
    const key = affinity.find(service, client.address, frontend.affinitySeconds * 1000, clock.now());
    const kept = backends.find((backend) => backend.key === key);
    if (kept && !tried?.has(kept.key)) return kept;
  }
  if (frontend.spread === "maglev") {
    // Which node has a client is known here alone: by its address another balancer leads it to the same one.
    const from = frontend.affinitySeconds === undefined ? `${client.address}|${client.port}` : client.address;
    return chooseByHash(choosing, backends, entryOfFlow(from, `${to}|${frontend.port}`), tried);
  }
  const left = tried && tried.size > 0 ? backends.filter(({ key }) => !tried.has(key)) : backends;
  return left[Math.floor(random() * left.length)];
}

/** The backend of the entry; where that was tried, the one of the next entry that leads to another. */
function chooseByHash(
  { maglev }: Choosing,
  backends: readonly Backend[],
  entry: number,
  tried: ReadonlySet<string> | undefined,
): Backend | undefined {
  if (backends.every(({ key }) => tried?.has(key))) return undefined;
  const table = maglev.of(backends);
  for (let at = entry; ; at = (at + 1) % table.length) {
    const backend = backends[table[at] ?? 0];
    if (backend && !tried?.has(backend.key)) return backend;
  }
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
