/** The server of /healthz and /livez, as kube-proxy has it on port 10256. */
import type { Server } from "node:http";
import type { Counter } from "../lib/exposition.ts";
import { answer, createAnswerServer } from "./http-answer.ts";
import type { ProxyHealth } from "./proxy-health.ts";
import { type ServingOptions, serveUntil } from "./serve-until.ts";

export interface HealthzServerOptions extends Omit<ServingOptions, "paths"> {
  readonly health: ProxyHealth;
  /** Counts answers by their `code`. */
  readonly metrics?: { readonly healthz: Counter; readonly livez: Counter };
}

/** Serves until the signal fires. `/healthz` is for load balancers, never for a liveness probe: a node that is about to go fails it on purpose. */
export function serveHealthz(options: HealthzServerOptions): Promise<void> {
  return serveUntil(healthzServer(options), { ...options, paths: "/healthz and /livez" });
}

function healthzServer({ health, metrics }: HealthzServerOptions): Server {
  return createAnswerServer((path, response) => {
    const report = (isFine: boolean, counter: Counter | undefined) => {
      const status = isFine ? 200 : 503;
      counter?.increase(1, { code: String(status) });
      answer(response, status, health.report());
    };
    if (path === "/healthz") report(health.isReady(), metrics?.healthz);
    else if (path === "/livez") report(health.isLive(), metrics?.livez);
    else answer(response, 404, { message: "There are /healthz and /livez here" });
  });
}
