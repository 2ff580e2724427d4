/** The server for whoever looks after the balancer: /healthz, /metrics and /status. */
import type { Server } from "node:http";
import { answer, createAnswerServer } from "../../proxy/http-answer.ts";
import type { AddressSharing } from "../share-addresses.ts";
import { formatBalancerMetrics } from "./balancer-metrics.ts";
import { buildStatusReport, type StatusSource } from "./status-report.ts";

export const statusPaths = "/healthz, /metrics and /status";

/** `/healthz` is 200 once frontends are served, and 503 before. */
export function createStatusServer(source: StatusSource, sharing?: Pick<AddressSharing, "status">): Server {
  const report = async () => {
    await source.refreshCounters();
    return buildStatusReport(source, sharing?.status());
  };
  return createAnswerServer(async (path, response) => {
    switch (path) {
      case "/healthz": {
        const serves = source.problems() !== undefined;
        return answer(response, serves ? 200 : 503, { status: serves ? "serving" : "starting" });
      }
      case "/status":
        return answer(response, 200, await report());
      case "/metrics": {
        const text = formatBalancerMetrics(await report());
        response.writeHead(200, {
          "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
          "X-Content-Type-Options": "nosniff",
        });
        return void response.end(text);
      }
      default:
        return answer(response, 404, { message: `There are ${statusPaths} here` });
    }
  });
}
