/** Watches over HTTP: one line per event, at the pace of the reader. */
import type { ServerResponse } from "node:http";
import { isApiStatusError } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { parseListOptions } from "../request/list-options.ts";
import { chooseObjectForm } from "../response/choose-object-form.ts";
import { bookmarkText } from "../watch/bookmark.ts";
import { eventLine } from "../watch/event-text.ts";
import { watchDurationMs } from "../watch/watch-duration.ts";
import { type ObjectWatch, openWatch, type WatchLines } from "../watch/watch-objects.ts";
import type { ApiRequest } from "./api-request.ts";
import { writeChunk } from "./write-stream.ts";

const bookmarkIntervalMs = 60_000;

/** Resolves when the watch has ended. Throws ApiStatusError before anything is sent. */
export async function handleWatch(
  registry: Registry,
  request: ApiRequest,
  response: ServerResponse,
  kind: ServedKind,
  namespace: string | undefined,
): Promise<void> {
  const options = parseListOptions(request.query);
  const { message, query, signal } = request;
  const { form } = chooseObjectForm(kind, message.headers.accept, query, "watch", registry.clock.now);
  const watch: ObjectWatch = { kind, namespace, options, form };
  const ended = AbortSignal.any([signal, AbortSignal.timeout(watchDurationMs(options))]);
  const lines = await openWatch(registry, watch, ended);
  response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-cache, private" });
  response.flushHeaders();
  message.socket.setTimeout(0);
  await stream(registry, response, watch, lines, ended);
  response.end();
}

async function stream(
  registry: Registry,
  response: ServerResponse,
  watch: ObjectWatch,
  lines: AsyncGenerator<WatchLines>,
  ended: AbortSignal,
): Promise<void> {
  let revision = 0;
  const bookmarks = watch.options.allowWatchBookmarks
    ? setInterval(() => {
        if (revision > 0 && !response.writableNeedDrain) {
          response.write(bookmarkText(watch.kind, watch.form, revision, { endsInitialEvents: false }));
        }
      }, bookmarkIntervalMs)
    : undefined;
  try {
    for await (const batch of lines) {
      if (batch.text !== "") await writeChunk(response, batch.text, ended);
      revision = batch.revision ?? revision;
    }
  } catch (error) {
    if (ended.aborted || response.destroyed) return;
    if (!isApiStatusError(error)) registry.log.warn("Ended a watch", { error: String(error) });
    response.write(eventLine("ERROR", JSON.stringify(isApiStatusError(error) ? error.status : {})));
  } finally {
    clearInterval(bookmarks);
  }
}
