/** ChannelSocket: several streams on one WebSocket; each message starts with the number of its stream. */
import { Readable, Writable } from "node:stream";
import type { WebSocket } from "ws";

/** Subprotocols, the better one first. Version 5 can also close a single stream (KEP-4006). */
export const channelProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;

/** Message of version 5 that closes the stream named by its second byte. */
const closeChannel = 255;
const chunkBytes = 32 * 1024;
const normalClosure = 1000;

export class ChannelSocket {
  readonly #socket: WebSocket;
  readonly #inputs = new Map<number, Readable>();
  readonly #gone = new AbortController();
  #isPaused = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => this.#receive(data));
    // A client that goes away is no error of anybody's.
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      for (const input of this.#inputs.values()) input.push(null);
      this.#inputs.clear();
      this.#gone.abort();
    });
  }

  /** Fires when the connection is closed, by whomever. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** What the client sends on a channel. While it is not read, nothing is read from the client. */
  input(channel: number): Readable {
    const input = new Readable({ read: () => this.#resume() });
    this.#inputs.set(channel, input);
    return input;
  }

  /** Sends on a channel, as fast as the client reads. What cannot be sent any more is dropped. */
  output(channel: number): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        void this.send(channel, chunk).then(() => done());
      },
      final: (done) => {
        if (this.#socket.protocol !== channelProtocols[0]) done();
        else void this.#sendMessage(Buffer.of(closeChannel, channel)).then(() => done());
      },
    });
  }

  /** Resolves when the client's side has taken it, or is gone. No bytes at all tell the client that the stream is there. */
  async send(channel: number, bytes: Uint8Array): Promise<void> {
    for (let start = 0; start === 0 || start < bytes.length; start += chunkBytes)
      await this.#sendMessage(Buffer.concat([Buffer.of(channel), bytes.subarray(start, start + chunkBytes)]));
  }

  /** Closes the connection once everything is sent. */
  close(): void {
    this.#inputs.clear();
    this.#resume();
    this.#socket.close(normalClosure);
  }

  #receive(message: Buffer): void {
    const [channel = 0, closed] = message;
    if (channel === closeChannel && closed !== undefined) {
      this.#inputs.get(closed)?.push(null);
      this.#inputs.delete(closed);
    }
    if (message.length < 2 || this.#inputs.get(channel)?.push(message.subarray(1)) !== false) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  #sendMessage(message: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#gone.signal.aborted) return resolve();
      this.#socket.send(message, { binary: true }, () => resolve());
    });
  }
}
