/** Servers that live as long as the proxy. */
import type { Server } from "node:http";
import { createBackOff } from "../lib/back-off.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { wait } from "../lib/wait.ts";
import { closeServer, listen } from "./http-answer.ts";

export interface ServingOptions {
  readonly host: string;
  readonly port: number;
  /** `/healthz`: for the log. */
  readonly paths: string;
  /** Reject where the address cannot be had, instead of trying again. */
  readonly hardFail?: boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Serves until the signal fires. Where the address is taken it tries again: forwarding does not wait for it. */
export async function serveUntil(server: Server, options: ServingOptions): Promise<void> {
  const { host, port, paths, hardFail, clock, log, signal } = options;
  const backOff = createBackOff({ firstMs: 500, maxMs: 30_000, random: Math.random });
  while (!signal.aborted && !server.listening) {
    try {
      await listen(server, host, port);
    } catch (error) {
      const { message } = error as Error;
      if (hardFail)
        throw new Error(`Cannot serve ${paths} on ${host} port ${port}: ${message}`, { cause: error });
      log.warn(`Cannot serve ${paths} yet: another process may hold the address`, {
        host,
        port,
        error: message,
      });
      await wait(clock, backOff.nextMs(), signal);
    }
  }
  if (!server.listening) return;
  log.info(`Serving ${paths}`, { host, port: portOf(server, port) });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await closeServer(server);
}

function portOf(server: Server, asked: number): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : asked;
}
