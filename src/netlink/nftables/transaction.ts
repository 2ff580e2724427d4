/** Transaction: changes of nf_tables that the kernel makes all together or not at all. */
import { type MessageFormat, NLM_F_REQUEST, readMessageHeader, WireError, Writer } from "../codec/index.ts";
import { checkOperation } from "./check-operation.ts";
import { NFNL_SUBSYS_NFTABLES } from "./constants.ts";
import { encodeOperation } from "./encode-operation.ts";
import { messages } from "./messages.ts";
import type { Operation } from "./operation.ts";
import { formatOperation } from "./operation-text.ts";

export interface TransactionOptions {
  /** The kernel refuses with ERESTART if the namespace's ruleset is of another generation when the transaction comes. */
  readonly generation?: number;
}

/**
 * Operations are checked and encoded as they are added. The messages must go to the kernel in one sendmsg(2): a batch that is cut in two
 * is two transactions. The kernel copies it into one buffer, so the socket's send buffer (SO_SNDBUFFORCE) must be as large
 * as the whole, otherwise it is refused with EMSGSIZE: some 65 bytes for an element with a comment, 4 MB for 60,000 of
 * them. Operations are not acknowledged: send(2) returns when the kernel is done, and only what it refused is answered.
 */
export class Transaction {
  readonly #writer = new Writer();
  readonly #operations: Operation[] = [];
  /** Where each message begins, and the operation that it belongs to; -1 for the batch's begin and end. */
  readonly #starts: number[] = [];
  readonly #owners: number[] = [];
  #setIds = 0;

  constructor({ generation }: TransactionOptions = {}) {
    this.#write(messages.batchBegin, { ...batchHead, ...(generation !== undefined && { generation }) }, -1);
  }

  /** Number of operations. */
  get operationCount(): number {
    return this.#operations.length;
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** Bytes that the kernel will be sent, but for the end of the batch. */
  get byteLength(): number {
    return this.#writer.length;
  }

  /** Adds an operation. Throws RangeError, with the operation and what to do, if the kernel could not take it; the transaction is as it was. */
  add(operation: Operation): this {
    const messageCount = this.#starts.length;
    const setIds = this.#setIds;
    const { length } = this.#writer;
    const index = this.#operations.length;
    try {
      checkOperation(operation);
      encodeOperation(operation, {
        add: (format, value, flags) => this.#write(format, value, index, flags),
        nextSetId: () => {
          this.#setIds += 1;
          return this.#setIds;
        },
      });
    } catch (error) {
      this.#writer.truncate(length);
      this.#starts.length = messageCount;
      this.#owners.length = messageCount;
      this.#setIds = setIds;
      if (!(error instanceof WireError || error instanceof RangeError)) throw error;
      throw new RangeError(`Cannot ${formatOperation(operation)}: ${error.message}`, { cause: error });
    }
    this.#operations.push(operation);
    return this;
  }

  /** Returns the batch's messages in order, its begin and end included: views of one buffer, with sequence numbers from 0 on. */
  messages(): readonly Uint8Array[] {
    const writer = new Writer(this.#writer.length + 64);
    writer.bytes(this.#writer.finish());
    messages.batchEnd.write(writer, batchHead, { flags: NLM_F_REQUEST, sequence: this.#starts.length });
    const bytes = writer.finish();
    return [...this.#starts, this.#writer.length].map((start) => {
      const { length } = readMessageHeader(bytes.subarray(start));
      return bytes.subarray(start, start + length);
    });
  }

  /** Returns the operation that a message of `messages()` belongs to; undefined for the batch's begin and end. */
  operationOfMessage(index: number): Operation | undefined {
    return this.#operations[this.#owners[index] ?? -1];
  }

  /** The operations as lines, much as nft would take them; rules as their expressions. Of many elements some are shown. */
  toText(): string {
    return this.#operations.map((operation) => `${formatOperation(operation)}\n`).join("");
  }

  #write<T>(format: MessageFormat<T>, value: T, owner: number, flags = NLM_F_REQUEST): void {
    const start = this.#writer.length;
    format.write(this.#writer, value, { flags, sequence: this.#starts.length });
    this.#starts.push(start);
    this.#owners.push(owner);
  }
}

const batchHead = { family: "unspecified", version: 0, resource: NFNL_SUBSYS_NFTABLES } as const;
