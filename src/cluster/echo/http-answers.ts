/** What the echo image answers over HTTP. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Identity, type Peer, toJson, toText } from "./identity.ts";

/** A longer delay is cut to this, so that nobody keeps a request here for good. */
export const maxDelayMs = 60_000;

export interface HttpAnswering {
  readonly identity: Identity;
  readonly clientOf: (request: IncomingMessage) => Peer;
  /** True from SIGTERM on: /healthz fails, so that no new traffic is led here, and connections are not kept. */
  readonly isStopping: () => boolean;
}

/** `/` says who answered, as text or JSON; `/healthz`; `/delay?ms=N` answers after N milliseconds. */
export function answerHttp(
  { identity, clientOf, isStopping }: HttpAnswering,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? "/", "http://echo");
  if (isStopping()) response.setHeader("connection", "close");
  request.resume();
  switch (url.pathname) {
    case "/healthz":
      send(response, isStopping() ? 503 : 200, isStopping() ? "stopping\n" : "ok\n");
      return;
    case "/delay": {
      const delayMs = Math.min(Number(url.searchParams.get("ms") ?? 0) || 0, maxDelayMs);
      const timer = setTimeout(() => answer(), delayMs);
      response.on("close", () => clearTimeout(timer));
      return;
    }
    default:
      answer();
  }

  function answer(): void {
    const client = clientOf(request);
    const json = url.searchParams.get("format") === "json" || request.headers.accept === "application/json";
    const { method, headers } = request;
    const more = { method, path: url.pathname, host: headers.host };
    send(
      response,
      200,
      json ? `${toJson(identity, client, more)}\n` : toText(identity, client),
      json ? "application/json" : "text/plain; charset=utf-8",
    );
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
