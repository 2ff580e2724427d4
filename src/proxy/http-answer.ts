/** Small HTTP servers that answer one question. */
import type { Server, ServerResponse } from "node:http";
import { createServer } from "../lib/http.ts";

/** Answers with JSON as kube-proxy writes it: indented by tabs. */
export function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "Content-Type": "application/json",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(JSON.stringify(body, null, "\t"));
}

/**
 * A server that whoever connects can hold little of: few connections, small headers, short time. What `handle` fails with is answered with
 * status 500.
 */
export function createAnswerServer(
  handle: (path: string, response: ServerResponse) => void | Promise<void>,
): Server {
  const server = createServer(
    { requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000, maxHeaderSize: 8_192 },
    (request, response) => {
      request.resume();
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      (async () => handle(path, response))().catch((error: Error) =>
        answer(response, 500, { message: error.message }),
      );
    },
  );
  server.maxConnections = 256;
  return server;
}

/** Resolves once it listens; rejects with the system's error (EADDRINUSE, …) if it cannot. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The IPv4 wildcard stands for both families, as in Go's net.Listen and so in kube-proxy's configuration.
    server.listen(host === "0.0.0.0" ? { port } : { host, port }, () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    });
  });
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
