/** The channels of `v4.channel.k8s.io` and v5: the first byte of each WebSocket message says which stream it belongs to. */
import { PassThrough, type Readable } from "node:stream";
import type { WebSocket } from "ws";

export interface RemoteWishes {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly command: readonly string[];
}

export interface RemoteChannels {
  /** What the client types; ends when it says so (v5) or is gone. */
  readonly stdin: Readable;
  /** Fires when the client is gone. */
  readonly gone: AbortSignal;
  /** Resolves when the client's side has taken it. */
  send(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  /** The last word: a Status on the error channel. */
  finish(status: object): void;
}

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3 } as const;
/** v5: `[255, N]` closes channel N. */
const closeChannel = 255;
const normalClosure = 1000;

export function serveChannels(ws: WebSocket, wishes: RemoteWishes): RemoteChannels {
  const stdin = new PassThrough();
  const gone = new AbortController();
  // A client that goes away is no error of anybody's.
  ws.on("error", () => ws.terminate());
  ws.on("close", () => {
    stdin.end();
    gone.abort();
  });
  ws.on("message", (data: Buffer) => {
    const [first, second] = data;
    if (first === closeChannel && second === channel.stdin) stdin.end();
    if (first !== channel.stdin || stdin.writableEnded || data.length === 1) return;
    if (stdin.write(data.subarray(1))) return;
    ws.pause();
    stdin.once("drain", () => ws.resume());
  });
  const send = (number: number, bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      if (gone.signal.aborted) return resolve();
      ws.send(Buffer.concat([Buffer.of(number), bytes]), () => resolve());
    });
  // Tells the client that its streams are there.
  const first = wishes.stdout ? channel.stdout : wishes.stderr ? channel.stderr : channel.error;
  void send(first, Buffer.alloc(0));
  return {
    stdin,
    gone: gone.signal,
    send: (stream, bytes) => (wishes[stream] ? send(channel[stream], bytes) : Promise.resolve()),
    finish: (status) =>
      void send(channel.error, Buffer.from(JSON.stringify(status))).then(() => ws.close(normalClosure)),
  };
}

export const success = { metadata: {}, status: "Success" };

export function failure(message: string): object {
  return { metadata: {}, status: "Failure", reason: "InternalError", message, code: 500 };
}

/** What kubectl makes its own exit code of. */
export function exitStatus(exitCode: number): object {
  if (exitCode === 0) return success;
  return {
    metadata: {},
    status: "Failure",
    reason: "NonZeroExitCode",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
