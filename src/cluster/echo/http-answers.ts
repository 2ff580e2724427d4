/** What the echo image answers over HTTP. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Identity, type Peer, toJson, toText } from "./identity.ts";

/** A longer delay is cut to this, so that nobody keeps a request here for good. */
export const maxDelayMs = 60_000;

export interface HttpAnswering {
  readonly identity: Identity;
  readonly client: Peer;
  /** True from SIGTERM on: /healthz fails, so that no new traffic is led here, and connections are not kept. */
  readonly isStopping: () => boolean;
}

const text = "text/plain; charset=utf-8";

/** `/` says who answered, as text or JSON; `/healthz`; `/delay?ms=N` answers after N milliseconds. */
export function answerHttp(
  { identity, client, isStopping }: HttpAnswering,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { method, headers } = request;
  const url = URL.parse(request.url ?? "/", "http://echo");
  request.resume();
  const send = (status: number, body: string, type = text) => {
    if (isStopping()) response.setHeader("connection", "close");
    response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
  if (!url) {
    send(400, `"${request.url}" is no path\n`);
    return;
  }
  const answer = () => {
    const isJson =
      url.searchParams.get("format") === "json" || /\bapplication\/json\b/.test(headers.accept ?? "");
    const more = { method, path: url.pathname, host: headers.host };
    if (isJson) send(200, `${toJson(identity, client, more)}\n`, "application/json");
    else send(200, toText(identity, client));
  };
  switch (url.pathname) {
    case "/healthz":
      if (isStopping()) send(503, "stopping\n");
      else send(200, "ok\n");
      return;
    case "/delay": {
      const asked = Number(url.searchParams.get("ms")) || 0;
      const timer = setTimeout(answer, Math.min(Math.max(asked, 0), maxDelayMs));
      response.on("close", () => clearTimeout(timer));
      return;
    }
    default:
      answer();
  }
}
