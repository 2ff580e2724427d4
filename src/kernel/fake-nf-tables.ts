/** A fake kernel that keeps nf_tables in memory, behind the same socket: for tests of what is built on it, without privileges. */
import { NLM_F_ACK, readMessageHeader, WireError } from "../netlink/codec/index.ts";
import * as nft from "../netlink/nftables/index.ts";
import { messages as formats } from "../netlink/nftables/messages.ts";
import { EINVAL, ERESTART, Refused } from "./fake-nf-tables/refused.ts";
import { answer } from "./fake-nf-tables/requests.ts";
import { deleteRule, newRule } from "./fake-nf-tables/rules.ts";
import { deleteElements, deleteSetMessage, newElements, newSet } from "./fake-nf-tables/sets.ts";
import type { Batch, FakeTable } from "./fake-nf-tables/state.ts";
import { deleteChain, deleteTable, newChain, newTable } from "./fake-nf-tables/tables.ts";
import { tableLines } from "./fake-nf-tables/text.ts";
import type { NetlinkAnswer } from "./netlink-answer.ts";
import { NetlinkError } from "./netlink-error.ts";
import type { NetlinkSocket } from "./netlink-socket.ts";

const handlers: ReadonlyMap<number, (batch: Batch, message: Uint8Array) => void> = new Map([
  [nft.NFT_MSG_NEWTABLE, newTable],
  [nft.NFT_MSG_DELTABLE, deleteTable],
  [nft.NFT_MSG_NEWCHAIN, newChain],
  [nft.NFT_MSG_DELCHAIN, deleteChain],
  [nft.NFT_MSG_NEWRULE, newRule],
  [nft.NFT_MSG_DELRULE, deleteRule],
  [nft.NFT_MSG_NEWSET, newSet],
  [nft.NFT_MSG_DELSET, deleteSetMessage],
  [nft.NFT_MSG_NEWSETELEM, newElements],
  [nft.NFT_MSG_DELSETELEM, deleteElements],
]);

/**
 * Takes what Transaction and the requests encode, and answers as kernel 6.18 does, byte by byte with the same tables: whole batches or
 * nothing, the same errnos. It knows nothing of packets, time, loops of chains, what a chain's type allows, and ranges of one field
 * that overlap.
 */
export class FakeNfTables {
  readonly #tables = new Map<string, FakeTable>();
  #generation = 1;
  #tableHandle = 0n;
  #requestCount = 0;

  /** Messages that came, those of batches one by one, begins and ends left out. */
  get requestCount(): number {
    return this.#requestCount;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Opens a socket; all of them see the same tables. */
  openSocket(): NetlinkSocket {
    return {
      exchange: async (_, messages) => this.#exchange(messages),
      dump: async (operation, message, visit) => {
        for (const part of this.#answer(operation, message)) visit(part);
        return true;
      },
      async [Symbol.asyncDispose]() {},
    };
  }

  /** All that there is, as text: the operations that would make it, one a line. */
  dump(): string {
    return [...this.#tables.values()]
      .flatMap(tableLines)
      .map((line) => `${line}\n`)
      .join("");
  }

  #answer(operation: string, message: Uint8Array): readonly Uint8Array[] {
    this.#requestCount += 1;
    try {
      return answer(this.#tables, this.#generation, message);
    } catch (error) {
      throw new NetlinkError(operation, { errno: errnoOf(error) });
    }
  }

  #exchange(messages: readonly Uint8Array[]): readonly NetlinkAnswer[] {
    const [first] = messages;
    if (first && readMessageHeader(first).type === nft.NFNL_MSG_BATCH_BEGIN) return this.#batch(messages);
    return messages.map((message) => {
      this.#requestCount += 1;
      try {
        return { messages: answer(this.#tables, this.#generation, message), acknowledged: true };
      } catch (error) {
        return refusal(errnoOf(error));
      }
    });
  }

  /** As nfnetlink_rcv_batch: goes on after an error, so that each operation has its answer, and then undoes everything. */
  #batch(messages: readonly Uint8Array[]): readonly NetlinkAnswer[] {
    const [begin, ...rest] = messages;
    const wanted = begin && formats.batchBegin.decode(begin).generation;
    if (wanted !== undefined && wanted !== this.#generation)
      return messages.map((_, index) => (index === 0 ? refusal(ERESTART) : silence));
    const batch: Batch = {
      tables: this.#tables,
      setsById: new Map(),
      undo: [],
      nextTableHandle: () => {
        this.#tableHandle += 1n;
        return this.#tableHandle;
      },
    };
    const answers = rest.map((message) => this.#change(batch, message));
    const last = rest.at(-1);
    const ended = last !== undefined && readMessageHeader(last).type === nft.NFNL_MSG_BATCH_END;
    if (!ended || answers.some((each) => each.refusal)) for (const undo of batch.undo.reverse()) undo();
    else if (rest.length > 1) this.#generation += 1;
    return [silence, ...answers];
  }

  #change(batch: Batch, message: Uint8Array): NetlinkAnswer {
    const { type, flags } = readMessageHeader(message);
    if (type === nft.NFNL_MSG_BATCH_END) return silence;
    this.#requestCount += 1;
    try {
      const handler = handlers.get(type);
      if (!handler) throw new Refused(EINVAL);
      handler(batch, message);
      return { messages: [], acknowledged: (flags & NLM_F_ACK) !== 0 };
    } catch (error) {
      return refusal(errnoOf(error));
    }
  }
}

const silence: NetlinkAnswer = { messages: [], acknowledged: false };

function refusal(errno: number): NetlinkAnswer {
  return { messages: [], acknowledged: false, refusal: { errno } };
}

function errnoOf(error: unknown): number {
  if (error instanceof Refused) return error.errno;
  if (error instanceof WireError || error instanceof RangeError) return EINVAL;
  throw error;
}
