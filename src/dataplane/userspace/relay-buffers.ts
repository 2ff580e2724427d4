/** RelayBuffers: the memory that bytes pass through on their way. */

/**
 * One scratch buffer serves all quiet connections: what is read there is copied before the next read. A stream that moves
 * much gets a large buffer of its own, written out without a copy. Idle connections so have no buffer at all, and the
 * number of large ones is bounded; without one a stream goes on through the scratch buffer.
 */
export class RelayBuffers {
  readonly #free: Buffer[] = [];
  #lent = 0;
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  readonly #narrow = this.#scratch.subarray(0, narrowBytes);

  /**
   * Where a stream without a buffer of its own reads to. Narrow while no large buffer is to be had: many connections
   * move much then, and each may have one read waiting for a slow reader.
   */
  scratch(): Buffer {
    return this.#lent < maximumLent ? this.#scratch : this.#narrow;
  }

  /** Lends a large buffer; undefined when as many as may be are lent. */
  take(): Buffer | undefined {
    if (this.#lent >= maximumLent) return undefined;
    this.#lent += 1;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(largeBytes);
  }

  /** Takes a buffer back. Nothing may read into it or write from it any more. */
  give(buffer: Buffer): void {
    this.#lent -= 1;
    if (this.#free.length < maximumFree) this.#free.push(buffer);
  }
}

const scratchBytes = 64 * 1024;
const narrowBytes = 16 * 1024;
/** Measured on loopback, one stream: 64 KiB 1.2 GB/s, 256 KiB 1.5, 512 KiB 1.7, 1 MiB 2.0. */
const largeBytes = 512 * 1024;
/** 32 MiB at most, of which 4 MiB are kept when nobody needs them. */
const maximumLent = 64;
const maximumFree = 8;
