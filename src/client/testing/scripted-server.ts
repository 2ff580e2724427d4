/** An HTTP or HTTPS server for tests that answers as a script says: it cuts streams, talks garbage, or keeps silent. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ServerOptions } from "node:https";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** `GET /api/v1/pods?watch=true` */
  readonly requests: readonly string[];
  handle(handler: Handler): void;
  /** Resolves with the request's line once one matches that has not been waited for. */
  nextRequest(pattern: RegExp): Promise<string>;
  cutAll(): void;
}

export async function startScriptedServer(
  handler: Handler,
  tls?: ServerOptions,
  port = 0,
): Promise<ScriptedServer> {
  let current = handler;
  const requests: string[] = [];
  const waiters: { pattern: RegExp; resolve: (line: string) => void }[] = [];
  const unseen: string[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const waiter = waiters.findIndex(({ pattern }) => pattern.test(line));
    if (waiter >= 0) waiters.splice(waiter, 1)[0]?.resolve(line);
    else unseen.push(line);
    current(request, response, body);
  };
  const server = tls
    ? createTlsServer(tls, (request, response) => void listener(request, response))
    : createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const actual = (server.address() as AddressInfo).port;
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${actual}`,
    port: actual,
    requests,
    handle(next) {
      current = next;
    },
    nextRequest(pattern) {
      const seen = unseen.findIndex((line) => pattern.test(line));
      if (seen >= 0) return Promise.resolve(unseen.splice(seen, 1)[0] ?? "");
      return new Promise((resolve) => waiters.push({ pattern, resolve }));
    },
    cutAll: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

export function statusBody(code: number, reason: string, message: string, details?: object): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code,
    details,
  };
}

export function writeEvent(response: ServerResponse, type: string, object: unknown): void {
  if (!response.headersSent) response.writeHead(200, { "content-type": "application/json" });
  response.write(`${JSON.stringify({ type, object })}\n`);
}

export function initialEventsEnd(resourceVersion: string): object {
  return {
    kind: "Service",
    apiVersion: "v1",
    metadata: { resourceVersion, annotations: { "k8s.io/initial-events-end": "true" } },
  };
}
