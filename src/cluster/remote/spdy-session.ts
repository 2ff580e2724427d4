/** The serving side of a SPDY/3.1 session: accepts the streams that the other side opens. */
import { Duplex } from "node:stream";
import { constants, createDeflate, createInflate } from "node:zlib";
import { spdyDictionary } from "./spdy-dictionary.ts";
import {
  CANCEL,
  decodeFrame,
  decodeHeaders,
  encodeControl,
  encodeData,
  encodeReset,
  FLAG_FIN,
  frameLength,
  frameType,
  headerBytes,
  REFUSED_STREAM,
  type SpdyFrame,
  words,
} from "./spdy-frame.ts";

export interface SpdyStream extends Duplex {
  readonly headers: ReadonlyMap<string, string>;
}

/** A stream's unread bytes, beyond which the whole session is not read: what Kubernetes speaks has no window per stream. */
const streamBufferBytes = 1024 * 1024;
const maxStreams = 256;
const maxFrameBytes = 1024 * 1024;
/** A DATA frame's length has 24 bits; smaller ones let streams take turns. */
const dataBytes = 32 * 1024;

/** Resolves when the transport has ended; never rejects. */
export async function serveSpdy(transport: Duplex, onStream: (stream: SpdyStream) => void): Promise<void> {
  const session = new Session(transport, onStream);
  try {
    for await (const frame of readFrames(transport)) await session.take(frame);
  } catch {
    // A peer that goes away, or does not speak SPDY: both end the session.
  } finally {
    session.close();
    transport.destroy();
  }
}

class Session {
  readonly #transport: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, Stream>();
  readonly #inflate = createInflate({ dictionary: spdyDictionary(), finishFlush: constants.Z_SYNC_FLUSH });
  readonly #deflate = createDeflate({ dictionary: spdyDictionary(), flush: constants.Z_SYNC_FLUSH });

  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
    transport.on("error", () => {});
  }

  async take(frame: SpdyFrame): Promise<void> {
    if (frame.kind === "data") {
      const stream = this.#streams.get(frame.streamId);
      if (stream) await stream.receive(frame.payload, (frame.flags & FLAG_FIN) !== 0);
      return;
    }
    const { type, flags, payload } = frame;
    if (type === frameType.SYN_STREAM) await this.#open(payload, (flags & FLAG_FIN) !== 0);
    if (type === frameType.RST_STREAM) this.#streams.get(payload.readUInt32BE(0))?.destroy();
    // Their pings have odd numbers; what comes back to ours would be even, and we send none.
    if (type === frameType.PING && payload.readUInt32BE(0) % 2 === 1)
      this.#transport.write(encodeControl(frameType.PING, payload));
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.destroy();
    this.#inflate.destroy();
    this.#deflate.destroy();
  }

  async #open(payload: Buffer, isFinished: boolean): Promise<void> {
    const id = payload.readUInt32BE(0) % 0x8000_0000;
    const block = await transform(this.#inflate, payload.subarray(10));
    if (this.#streams.size >= maxStreams) {
      this.#transport.write(encodeReset(id, REFUSED_STREAM));
      return;
    }
    const stream = new Stream(this.#transport, id, decodeHeaders(block), () => this.#streams.delete(id));
    this.#streams.set(id, stream);
    const noHeaders = await transform(this.#deflate, words(0));
    this.#transport.write(encodeControl(frameType.SYN_REPLY, Buffer.concat([words(id), noHeaders])));
    this.#onStream(stream);
    if (isFinished) await stream.receive(Buffer.alloc(0), true);
  }
}

class Stream extends Duplex implements SpdyStream {
  readonly headers: ReadonlyMap<string, string>;
  readonly #transport: Duplex;
  readonly #id: number;
  readonly #onClosed: () => void;
  #drained = () => {};

  constructor(transport: Duplex, id: number, headers: ReadonlyMap<string, string>, onClosed: () => void) {
    super({ readableHighWaterMark: streamBufferBytes, writableHighWaterMark: dataBytes });
    this.headers = headers;
    this.#transport = transport;
    this.#id = id;
    this.#onClosed = onClosed;
    this.on("error", () => {});
  }

  /** Resolves when the next frame may be read. */
  async receive(bytes: Buffer, isLast: boolean): Promise<void> {
    if (this.destroyed || this.readableEnded) return;
    const hasRoom = bytes.length === 0 || this.push(bytes);
    if (isLast) this.push(null);
    else if (!hasRoom) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
  }

  override _read(): void {
    this.#drained();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (let start = 0; start < chunk.length; start += dataBytes) {
      const part = chunk.subarray(start, start + dataBytes);
      const isLast = start + dataBytes >= chunk.length;
      this.#transport.write(encodeData(this.#id, part), isLast ? done : undefined);
    }
    if (chunk.length === 0) done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#transport.write(encodeData(this.#id, Buffer.alloc(0), FLAG_FIN), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#drained();
    this.#onClosed();
    const isWhole = this.readableEnded && this.writableFinished;
    if (!isWhole && this.#transport.writable) this.#transport.write(encodeReset(this.#id, CANCEL));
    done(error);
  }
}

async function* readFrames(transport: Duplex): AsyncGenerator<SpdyFrame> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of transport) {
    bytes = bytes.length === 0 ? (chunk as Buffer) : Buffer.concat([bytes, chunk as Buffer]);
    while (bytes.length >= headerBytes) {
      const length = frameLength(bytes);
      if (length > maxFrameBytes) throw new RangeError(`A frame of ${length} bytes is too long`);
      if (bytes.length < length) break;
      yield decodeFrame(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
  }
}

/** Feeds a compression context that lasts as long as the session; resolves with what came out. */
function transform(context: ReturnType<typeof createInflate>, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    context.once("error", reject);
    context.write(bytes, () => {
      context.off("error", reject);
      resolve((context.read() as Buffer | null) ?? Buffer.alloc(0));
    });
  });
}
