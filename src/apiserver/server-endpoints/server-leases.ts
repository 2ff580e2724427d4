/**
 * ServerLeases: which API servers of one store are alive (kubernetes/pkg/controlplane/reconcilers/lease.go). A server is taken for dead
 * when its lease has not been written for some time by the clock of whoever looks: no two clocks need to agree.
 */
import { isIP } from "node:net";
import type { Clock } from "../../lib/clock.ts";
import type { Store } from "../../store/index.ts";
import { compareServers, type ServerAddress } from "./server-address.ts";

/** kube-apiserver's DefaultEndpointReconcilerTTL. */
export const leaseMs = 15_000;
const prefix = "masterleases/";

export interface ServerLeases {
  /** Says that this server is alive, removes the leases of dead ones, and resolves with all that live, this one among them. */
  renew(): Promise<readonly ServerAddress[]>;
  /** Removes this server's lease, and resolves with those that remain. */
  release(): Promise<readonly ServerAddress[]>;
}

interface Sighting {
  readonly revision: number;
  readonly sinceMs: number;
}

export function createServerLeases(
  store: Pick<Store, "commit" | "list">,
  clock: Clock,
  own: ServerAddress,
): ServerLeases {
  let sightings: ReadonlyMap<string, Sighting> = new Map();
  const ownKey = leaseKey(own);

  async function look(): Promise<readonly ServerAddress[]> {
    const { entries } = await store.list(prefix);
    const now = clock.now();
    const next = new Map<string, Sighting>();
    const living: ServerAddress[] = [];
    for (const { key, revision } of entries) {
      const known = sightings.get(key);
      const sighting = known?.revision === revision ? known : { revision, sinceMs: now };
      const server = parseLeaseKey(key);
      if (server && now - sighting.sinceMs < leaseMs) {
        next.set(key, sighting);
        living.push(server);
      } else await store.commit([{ key, ifRevision: revision }]);
    }
    sightings = next;
    return living.sort(compareServers);
  }

  return {
    async renew() {
      await store.commit([{ key: ownKey, value: String(clock.now()) }]);
      return look();
    },
    async release() {
      await store.commit([{ key: ownKey }]);
      return look();
    },
  };
}

function leaseKey({ ip, port }: ServerAddress): string {
  return `${prefix}${ip}/${port}`;
}

/** undefined for what is no lease of ours. */
function parseLeaseKey(key: string): ServerAddress | undefined {
  const [ip = "", port = "", ...more] = key.slice(prefix.length).split("/");
  return isIP(ip) === 0 || !/^\d+$/.test(port) || more.length > 0 ? undefined : { ip, port: Number(port) };
}
