/** RelayWay: one direction of a TCP connection, from one socket to the other. */
import type { OnReadOpts, Socket } from "node:net";
import type { ByteTally } from "./counters.ts";
import type { RelayBuffers } from "./relay-buffers.ts";

/** A read of this size asks for a large buffer; one below `quietBytes` gives it back. */
const busyBytes = 32 * 1024;
const quietBytes = 16 * 1024;
const nothing = Buffer.alloc(0);

/**
 * Reads from `source` and writes to `sink`. Reading stops while a write waits for the sink, so that at most one read is in
 * flight: memory stays flat however slow the reader is.
 *
 * PERF: Node can read into a buffer that is ours (`onread` of a socket) and `write` usually hands everything to the kernel
 * before it returns (`writableLength` is 0 then), so that the buffer is free again at once: no allocation per read.
 */
export class RelayWay {
  /** To be given to the source when it is made. */
  readonly onread: OnReadOpts = {
    buffer: () => this.#own ?? this.#buffers.scratch(),
    callback: (size, buffer) => this.#received(size, buffer as Buffer),
  };
  readonly #buffers: RelayBuffers;
  readonly #tally: ByteTally;
  /** When the last bytes went through, a time of performance.now(); 0 if none have. */
  wroteAtMs = 0;
  #own: Buffer | undefined;
  #source: Socket | undefined;
  #sink: Socket | undefined;

  constructor(buffers: RelayBuffers, tally: ByteTally) {
    this.#buffers = buffers;
    this.#tally = tally;
  }

  /** Tells where bytes come from and go to; nothing may have been read before. */
  join(source: Socket, sink: Socket): void {
    this.#source = source;
    this.#sink = sink;
    source.on("end", () => {
      // The last of the four ends: closing says the same as shutting down and then closing, with one system call less.
      if (source.writableFinished && sink.writableLength === 0) sink.destroy();
      else sink.end();
    });
  }

  /** For a source that was made without `onread`. */
  readEventsOf(source: Socket): void {
    source.on("data", (chunk: Buffer) => {
      if (!this.#write(chunk)) source.pause();
    });
  }

  /** Gives the buffer back. Both sockets must be closed. */
  release(): void {
    if (this.#own) this.#buffers.give(this.#own);
    this.#own = undefined;
  }

  /** Returns false to stop reading; Node then asks `onread.buffer` where the next read goes. */
  #received(size: number, buffer: Buffer): boolean {
    if (buffer !== this.#own) {
      const going = this.#write(Buffer.from(buffer.subarray(0, size)));
      if (size >= busyBytes) this.#own = this.#buffers.take();
      return going;
    }
    const going = this.#write(size === buffer.length ? buffer : buffer.subarray(0, size));
    if (going && size < quietBytes) this.release();
    return going;
  }

  #write(chunk: Buffer): boolean {
    const sink = this.#sink;
    if (!sink || sink.destroyed) return false;
    this.#tally.bytes += chunk.length;
    this.wroteAtMs = performance.now();
    sink.write(chunk);
    if (sink.writableLength === 0) return true;
    // "drain" would come only after as much as the stream's high-water mark; this asks for the end of the write itself.
    sink.write(nothing, (error) => {
      if (!error) this.#source?.resume();
    });
    return false;
  }
}
