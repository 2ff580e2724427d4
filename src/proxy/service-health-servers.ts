/** ServiceHealthServers: the healthCheckNodePort of each Service with policy Local, on every node-port address. */
import type { Server } from "node:http";
import { formatServiceKey, type HealthCheck, joinHostPort } from "../forwarding/index.ts";
import { answer, closeServer, createAnswerServer, listen } from "./http-answer.ts";
import type { ProxyHealth } from "./proxy-health.ts";

export interface ServiceHealthFailure {
  readonly healthCheck: HealthCheck;
  readonly address: string;
  readonly error: Error;
}

/** What was last asked for, and what could not be done of it. */
interface Asked {
  readonly healthChecks: ReadonlyMap<string, HealthCheck>;
  readonly addresses: readonly string[];
  readonly failures: readonly ServiceHealthFailure[];
}

interface Running {
  readonly server: Server;
  healthCheck: HealthCheck;
}

export class ServiceHealthServers {
  readonly #health: ProxyHealth;
  /** By `address:port`. */
  readonly #running = new Map<string, Running>();
  #last: Asked | undefined;

  constructor(health: ProxyHealth) {
    this.#health = health;
  }

  /** Makes the servers so; call it again to retry those that are returned. PERF: the same arguments again cost nothing, unless some failed. */
  async apply(
    healthChecks: ReadonlyMap<string, HealthCheck>,
    addresses: readonly string[],
  ): Promise<readonly ServiceHealthFailure[]> {
    const last = this.#last;
    const isSame = last?.healthChecks === healthChecks && last.addresses.join() === addresses.join();
    if (isSame && last.failures.length === 0) return [];
    const failures = await this.#apply(healthChecks.values(), addresses);
    this.#last = { healthChecks, addresses, failures };
    return failures;
  }

  async #apply(
    healthChecks: Iterable<HealthCheck>,
    addresses: readonly string[],
  ): Promise<readonly ServiceHealthFailure[]> {
    const wanted = new Map<string, { readonly healthCheck: HealthCheck; readonly address: string }>();
    for (const healthCheck of healthChecks) {
      for (const address of addresses) {
        wanted.set(joinHostPort(address, healthCheck.port), { healthCheck, address });
      }
    }
    for (const [place, { server }] of this.#running) {
      if (wanted.has(place)) continue;
      this.#running.delete(place);
      await closeServer(server);
    }
    const failures: ServiceHealthFailure[] = [];
    for (const [place, { healthCheck, address }] of wanted) {
      const known = this.#running.get(place);
      if (known) known.healthCheck = healthCheck;
      else {
        const error = await this.#start(place, healthCheck, address);
        if (error) failures.push({ healthCheck, address, error });
      }
    }
    return failures;
  }

  async close(): Promise<void> {
    await this.apply(new Map(), []);
  }

  async #start(place: string, healthCheck: HealthCheck, address: string): Promise<Error | undefined> {
    const server = createAnswerServer((_path, response) => {
      const running = this.#running.get(place);
      if (running) this.#answer(running.healthCheck, response);
      else response.destroy();
    });
    try {
      await listen(server, address, healthCheck.port);
    } catch (error) {
      return error as Error;
    }
    this.#running.set(place, { server, healthCheck });
    return undefined;
  }

  #answer({ service, localEndpoints }: HealthCheck, response: Parameters<typeof answer>[0]): void {
    const serviceProxyHealthy = this.#health.isLive();
    const status = localEndpoints > 0 && serviceProxyHealthy ? 200 : 503;
    const { namespace, name } = service;
    answer(
      response,
      status,
      { service: { namespace, name }, localEndpoints, serviceProxyHealthy },
      { "X-Load-Balancing-Endpoint-Weight": String(localEndpoints) },
    );
  }
}

/** A sentence for the user. */
export function describeFailure({ healthCheck, address, error }: ServiceHealthFailure): string {
  const { service, port } = healthCheck;
  return (
    `Cannot serve the healthCheckNodePort of Service "${formatServiceKey(service)}" on ${joinHostPort(address, port)}: ` +
    `${error.message}; free the port, or give the Service another one`
  );
}
