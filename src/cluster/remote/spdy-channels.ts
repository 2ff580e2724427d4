/** RemoteChannels over SPDY/3.1, as kubectl speaks it up to 1.29 and where WebSockets do not get through: a stream for each of them. */
import { type Duplex, PassThrough } from "node:stream";
import type { RemoteChannels, RemoteWishes } from "./channels.ts";
import { type SpdyStream, serveSpdy } from "./spdy-session.ts";
import { onTerminalSize } from "./terminal-size.ts";

/** In which the error stream carries a Status. */
export const spdyCommandProtocol = "v4.channel.k8s.io";
/** A kubelet waits as long for the client's streams. */
const streamsTimeoutMs = 30_000;

/** Calls `serve` once the client has opened its streams. Resolves when the session has ended. */
export async function serveSpdyChannels(
  transport: Duplex,
  wishes: RemoteWishes,
  serve: (channels: RemoteChannels) => void,
): Promise<void> {
  const gone = new AbortController();
  const streams = new Map<string, SpdyStream>();
  const wanted = wantedStreams(wishes);
  const tooLate = setTimeout(() => transport.destroy(), streamsTimeoutMs);
  await serveSpdy(transport, (stream) => {
    streams.set(stream.headers.get("streamtype") ?? "", stream);
    if (!wanted.every((type) => streams.has(type))) return;
    clearTimeout(tooLate);
    if (streams.size === wanted.length) serve(openChannels(transport, streams, gone.signal));
  });
  clearTimeout(tooLate);
  gone.abort();
}

function wantedStreams({ stdin, stdout, stderr, tty }: RemoteWishes): readonly string[] {
  const asked = { error: true, stdin, stdout, stderr: stderr && !tty, resize: tty };
  return Object.entries(asked).flatMap(([type, isWanted]) => (isWanted ? [type] : []));
}

function openChannels(
  transport: Duplex,
  streams: ReadonlyMap<string, SpdyStream>,
  gone: AbortSignal,
): RemoteChannels {
  // What a client sends where nothing is to be sent is not kept.
  for (const type of ["error", "stdout", "stderr"]) streams.get(type)?.resume();
  return {
    stdin: streams.get("stdin") ?? new PassThrough().end(),
    gone,
    send: (name, bytes) => write(streams.get(name), bytes),
    onResize(listener) {
      const resizes = streams.get("resize");
      if (resizes) onTerminalSize(resizes, listener);
    },
    async finish(status) {
      for (const name of ["stdout", "stderr"]) streams.get(name)?.end();
      await write(streams.get("error"), Buffer.from(JSON.stringify(status)));
      streams.get("error")?.end(() => transport.end());
    },
  };
}

function write(stream: SpdyStream | undefined, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (!stream || stream.destroyed || stream.writableEnded) return resolve();
    stream.write(bytes, () => resolve());
  });
}
