/** The server of /healthz and /livez, as kube-proxy has it on port 10256. */
import type { Server } from "node:http";
import { createBackOff } from "../lib/back-off.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { wait } from "../lib/wait.ts";
import { answer, closeServer, createAnswerServer, listen } from "./http-answer.ts";
import type { ProxyHealth } from "./proxy-health.ts";

export interface HealthzServerOptions {
  readonly host: string;
  readonly port: number;
  readonly health: ProxyHealth;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Serves until the signal fires. Where the address is taken it tries again: forwarding does not wait for it.
 * `/healthz` is for load balancers, never for a liveness probe: a node that is about to go fails it on purpose.
 */
export async function serveHealthz(options: HealthzServerOptions): Promise<void> {
  const { host, port, clock, log, signal } = options;
  const server = healthzServer(options.health);
  const backOff = createBackOff({ firstMs: 500, maxMs: 30_000, random: Math.random });
  while (!signal.aborted && !server.listening) {
    try {
      await listen(server, host, port);
    } catch (error) {
      const { message } = error as Error;
      log.warn("Cannot serve /healthz yet: another process may hold the address", {
        host,
        port,
        error: message,
      });
      await wait(clock, backOff.nextMs(), signal);
    }
  }
  if (!server.listening) return;
  log.info("Serving /healthz and /livez", { host, port: portOf(server, port) });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await closeServer(server);
}

function healthzServer(health: ProxyHealth): Server {
  return createAnswerServer((path, response) => {
    if (path === "/healthz") answer(response, health.isReady() ? 200 : 503, health.report());
    else if (path === "/livez") answer(response, health.isLive() ? 200 : 503, health.report());
    else answer(response, 404, { message: "There are /healthz and /livez here" });
  });
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : asked;
}
