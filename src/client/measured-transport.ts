/** A transport that measures what goes through it, under the names of client-go (component-base/metrics/prometheus/restclient). */
import { createCounter, createHistogram, type Metric } from "../lib/exposition.ts";
import type { HttpRequest, HttpTransport } from "./http-transport.ts";

/** Seconds. */
const durationBounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** `host`: of the API server, with its port. Streams are counted when their head is there; their length says nothing of the server's speed. */
export function measureTransport(
  transport: HttpTransport,
  host: string,
): HttpTransport & { readonly metrics: Metric } {
  const requests = createCounter(
    "rest_client_requests_total",
    "Requests to the API server, by the status of the answer",
    [],
  );
  const durations = createHistogram(
    "rest_client_request_duration_seconds",
    "How long the API server takes to answer",
    durationBounds,
    verbs.map((verb) => ({ host, verb })),
  );
  const count = async <T>({ method }: HttpRequest, answer: Promise<T>, codeOf: (answer: T) => unknown) => {
    let code: unknown = "<error>";
    try {
      const given = await answer;
      code = codeOf(given);
      return given;
    } finally {
      requests.increase(1, { code: String(code), host, method });
    }
  };
  return {
    async send(request) {
      const startedAt = performance.now();
      const answer = await count(request, transport.send(request), ({ status }) => status);
      durations.observe((performance.now() - startedAt) / 1000, { host, verb: request.method });
      return answer;
    },
    open: (request) => count(request, transport.open(request), ({ statusCode }) => statusCode),
    close: () => transport.close(),
    metrics: { text: () => requests.text() + durations.text() },
  };
}
