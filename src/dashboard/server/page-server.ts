/**
 * The dashboard's HTTP server. Until somebody opens the page it is a listener and nothing else: what follows the cluster, and what answers
 * questions, is loaded by the first browser that has the token.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { ApiClient } from "../../client/index.ts";
import type { Clock } from "../../lib/clock.ts";
import { createServer } from "../../lib/http.ts";
import type { Logger } from "../../lib/log.ts";
import { hasToken, refuseForeign } from "./access.ts";
import type { RateSourceOptions } from "./dashboard-data.ts";
import type { PageFile } from "./page-files.ts";

export interface DashboardOptions {
  /** Reads only. */
  readonly client: ApiClient;
  /** Address of the API server, to be shown. */
  readonly server: string;
  /** Who is to read has it. */
  readonly token: string;
  /** Where proxies and load balancers tell what they count. */
  readonly rates: RateSourceOptions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Where the page is built; for tests. */
  readonly pageDirectory?: string;
}

/**
 * Nothing from anywhere else, no inline code, no frames, and no string that becomes HTML or code. `style-src-attr` stays closed, too: the page
 * sets styles through the CSSOM, which a policy does not forbid.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const headers = {
  "Content-Security-Policy": contentSecurityPolicy,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

const mostConnections = 128;

/** Does not listen yet. */
export function createDashboardServer(options: DashboardOptions): Server {
  let files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  let data: Promise<import("./dashboard-data.ts").DashboardData> | undefined;

  const page = async () => {
    files ??= import("./page-files.ts").then(({ readPageFiles }) => readPageFiles(options.pageDirectory));
    // A page that is built in the meantime is found the next time.
    files.catch(() => {
      files = undefined;
    });
    return files;
  };
  const loaded = () => {
    data ??= import("./dashboard-data.ts").then(({ openDashboardData }) => openDashboardData(options));
    return data;
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const foreign = refuseForeign(request.headers);
    if (foreign !== undefined) return refuse(response, 403, foreign);
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(response, 405, "The dashboard only reads");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (!pathname.startsWith("/api/")) return sendFile(request, response, (await page()).get(pathname));
    if (!hasToken(request.headers, options.token))
      return refuse(response, 401, "Open the dashboard by its whole address, with the token at its end");
    await (await loaded()).answer(pathname, searchParams, response);
  }

  const server = createServer({ maxHeaderSize: 16_384, headersTimeout: 10_000 }, (request, response) => {
    request.resume();
    handle(request, response).catch((error: Error) => {
      options.log.warn("Cannot answer the dashboard", {
        path: request.url?.split("?")[0],
        error: error.message,
      });
      refuse(response, 500, error.message);
    });
  });
  server.maxConnections = mostConnections;
  return server;
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: PageFile | undefined): void {
  if (!file) {
    refuse(response, 404, "There is nothing here");
    return;
  }
  const zip = /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const body = zip ? file.gzipped : file.body;
  response.writeHead(200, {
    ...headers,
    "Content-Type": file.type,
    "Content-Length": body.length,
    "Cache-Control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    Vary: "Accept-Encoding",
    ...(zip && { "Content-Encoding": "gzip" }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    ...headers,
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
  });
  response.end(`${message}\n`);
}
