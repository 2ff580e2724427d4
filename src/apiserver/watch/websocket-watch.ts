/** A watch over a WebSocket, for browsers and clients without streamed answers: one event a message (apiserver handlers/watch.go, HandleWS). */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { isApiStatusError, noSuchPath } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import { parseListOptions } from "../request/list-options.ts";
import { parseBoolean } from "../request/query-options.ts";
import type { RequestTarget, ResourceTarget } from "../request/request-path.ts";
import { chooseObjectForm } from "../response/choose-object-form.ts";
import type { UpgradeRequest } from "../subresource/pod-tunnel.ts";
import { eventLine } from "./event-text.ts";
import { watchDurationMs } from "./watch-duration.ts";
import { openWatch, type WatchLines } from "./watch-objects.ts";
import { watchedQuery } from "./watched-query.ts";

export function isWatchUpgrade(method: string, query: URLSearchParams, target: RequestTarget): boolean {
  const isObjects = target.kind === "resource" && target.subresource === undefined;
  return isObjects && method === "GET" && parseBoolean(query, "watch");
}

/** What a client says is not listened to; it may be so long. */
const maxPayload = 4096;
/** A reader that takes nothing for so long is cut off. */
const stalledReaderMs = 30_000;

/** Resolves when the watch has ended. Throws ApiStatusError before anything is sent. */
export async function watchOverWebSocket(
  registry: Registry,
  target: ResourceTarget,
  { message, socket, head, query }: UpgradeRequest,
  closing: AbortSignal,
): Promise<void> {
  const kind = registry.kinds.find(target.group, target.version, target.plural);
  if (!kind?.definition.verbs.includes("watch")) throw noSuchPath();
  const wanted = watchedQuery(query, kind.definition.namespaced, target);
  const options = parseListOptions(wanted);
  const { form } = chooseObjectForm(kind, message.headers.accept, wanted, "watch", registry.clock.now);
  const gone = new AbortController();
  socket.once("close", () => gone.abort());
  const lasts = AbortSignal.timeout(watchDurationMs(options));
  const ended = AbortSignal.any([gone.signal, closing, lasts]);
  const lines = await openWatch(registry, { kind, namespace: target.namespace, options, form }, ended);
  const { WebSocketServer } = await import("ws");
  const server = new WebSocketServer({ noServer: true, maxPayload });
  server.handleUpgrade(message, socket, head, (peer) => {
    (socket as Socket).setTimeout(0);
    void sendLines(registry, peer, lines, ended);
  });
}

/** Never rejects. */
async function sendLines(
  { log }: Registry,
  peer: WebSocket,
  lines: AsyncGenerator<WatchLines>,
  ended: AbortSignal,
): Promise<void> {
  peer.on("error", () => peer.terminate());
  try {
    for await (const { text } of lines) await sendEvents(peer, text.toString());
  } catch (error) {
    if (ended.aborted || peer.readyState !== peer.OPEN) return;
    if (!isApiStatusError(error)) log.warn("Ended a watch", { error: String(error) });
    await sendEvents(
      peer,
      eventLine("ERROR", JSON.stringify(isApiStatusError(error) ? error.status : {})),
    ).catch(() => {});
  } finally {
    peer.close(1000);
  }
}

/** Resolves when the reader has room for more. Rejects when it is gone, or stalls and so is cut off. */
function sendEvents(peer: WebSocket, text: string): Promise<void> {
  const events = text.split("\n").filter((line) => line !== "");
  const last = events.pop();
  if (last === undefined) return Promise.resolve();
  for (const event of events) peer.send(`${event}\n`);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => peer.terminate(), stalledReaderMs);
    peer.send(`${last}\n`, (error) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    });
  });
}
