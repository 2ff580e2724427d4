/** RemoteChannels: what a client of exec and attach sends and reads, whatever protocol it speaks; here over a WebSocket. */
import type { Readable } from "node:stream";
import type { WebSocket } from "ws";
import { ChannelSocket } from "./channel-socket.ts";
import { onTerminalSize, type TerminalSize } from "./terminal-size.ts";

export interface RemoteWishes {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly command: readonly string[];
}

export interface RemoteChannels {
  /** What the client types; ends when it says so or is gone. */
  readonly stdin: Readable;
  /** Fires when the client is gone. */
  readonly gone: AbortSignal;
  /** Resolves when the client's side has taken it. */
  send(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  /** Calls with each size of the client's terminal. */
  onResize(listener: (size: TerminalSize) => void): void;
  /** The last word: a Status on the error channel. */
  finish(status: object): void;
}

/** k8s.io/apimachinery/pkg/util/remotecommand */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

export function serveChannels(ws: WebSocket, wishes: RemoteWishes): RemoteChannels {
  const socket = new ChannelSocket(ws);
  const resizes = socket.input(channel.resize);
  // Tells the client that its streams are there.
  void socket.send(firstOutput(wishes), Buffer.alloc(0));
  return {
    stdin: socket.input(channel.stdin),
    gone: socket.gone,
    send: (stream, bytes) => (wishes[stream] ? socket.send(channel[stream], bytes) : Promise.resolve()),
    onResize: (listener) => onTerminalSize(resizes, listener),
    finish: (status) =>
      void socket.send(channel.error, Buffer.from(JSON.stringify(status))).then(() => socket.close()),
  };
}

function firstOutput({ stdout, stderr }: RemoteWishes): number {
  return stdout ? channel.stdout : stderr ? channel.stderr : channel.error;
}
