/** AffinityTable: which backend a client used last, per Service port. */
interface Entry {
  readonly backend: string;
  readonly usedAtMs: number;
}

/**
 * Remembers clients by address. Bounded: the client that was not seen longest makes room. Clients are those of a Service
 * port, not of one of its addresses, so that NodePort and ClusterIP lead a client to the same backend.
 */
export class AffinityTable {
  readonly #services = new Map<string, Map<string, Entry>>();
  readonly #clientsPerService: number;

  constructor(clientsPerService: number) {
    this.#clientsPerService = clientsPerService;
  }

  /** Returns the key of the client's backend; undefined if there is none or it was last used too long ago. */
  find(service: string, client: string, timeoutMs: number, nowMs: number): string | undefined {
    const entry = this.#services.get(service)?.get(client);
    return entry && nowMs - entry.usedAtMs < timeoutMs ? entry.backend : undefined;
  }

  /** Remembers the backend; the time-out counts from the latest connection. */
  remember(service: string, client: string, backend: string, nowMs: number): void {
    const clients = this.#services.get(service) ?? new Map<string, Entry>();
    this.#services.set(service, clients);
    clients.delete(client);
    clients.set(client, { backend, usedAtMs: nowMs });
    if (clients.size > this.#clientsPerService) {
      for (const oldest of clients.keys()) {
        clients.delete(oldest);
        break;
      }
    }
  }

  /** Forgets whoever is not in `backendsOf`: Service ports without affinity, and backends that left. */
  retain(backendsOf: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (const [service, clients] of this.#services) {
      const backends = backendsOf.get(service);
      if (!backends) {
        this.#services.delete(service);
        continue;
      }
      for (const [client, { backend }] of clients) if (!backends.has(backend)) clients.delete(client);
    }
  }
}
