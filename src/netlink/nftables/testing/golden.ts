/** What nft sent, as tools/record-netlink-nft.ts recorded it, and the operations that it stands for. */
import { readFileSync } from "node:fs";
import { NLM_F_APPEND, NLM_F_EXCL, NLM_F_REPLACE, readMessageHeader } from "../../codec/index.ts";
import * as nft from "../index.ts";
import { messages } from "../messages.ts";

export const cases = ["expressions", "sets", "changes", "program", "program6"] as const;

/** Words of four bytes in hex, for each message. */
export function goldenWords(name: string): readonly (readonly string[])[] {
  const [, ...lines] = testdata(`${name}.golden`).trimEnd().split("\n");
  return lines
    .join("\n")
    .split("\n\n")
    .map((message) => message.split("\n"));
}

export function wordsOf(message: Uint8Array): readonly string[] {
  return (
    Buffer.from(message)
      .toString("hex")
      .match(/.{1,8}/g) ?? []
  );
}

export function bytesOf(words: readonly string[]): Uint8Array {
  return Buffer.from(words.join(""), "hex");
}

export function testdata(file: string): string {
  return readFileSync(new URL(`../testdata/${file}`, import.meta.url), "utf8");
}

/** The operations that a recorded batch stands for, in order. */
export function goldenOperations(name: string): readonly nft.Operation[] {
  return goldenWords(name)
    .map(bytesOf)
    .filter((message) => readMessageHeader(message).type >= nft.NFT_MSG_NEWTABLE)
    .map(toOperation);
}

function toOperation(message: Uint8Array): nft.Operation {
  const { type, flags } = readMessageHeader(message);
  const exclusive = flags & NLM_F_EXCL ? { exclusive: true } : {};
  switch (type) {
    case nft.NFT_MSG_NEWTABLE: {
      const { handle: _, use: __, ...value } = nft.decodeTable(message);
      return { kind: "add-table", ...value, ...exclusive };
    }
    case nft.NFT_MSG_DELTABLE: {
      const { family, table } = nft.decodeTable(message);
      return { kind: "delete-table", family, table };
    }
    case nft.NFT_MSG_NEWCHAIN: {
      const { handle: _, use: __, ...value } = nft.decodeChain(message);
      return { kind: "add-chain", ...value, ...exclusive };
    }
    case nft.NFT_MSG_DELCHAIN: {
      const { family, table, chain } = nft.decodeChain(message);
      return { kind: "delete-chain", family, table, chain };
    }
    case nft.NFT_MSG_NEWRULE: {
      const { handle, ...value } = nft.decodeRule(message);
      if (flags & NLM_F_REPLACE) return { kind: "replace-rule", ...value, handle };
      return { kind: "add-rule", ...value, ...(flags & NLM_F_APPEND ? {} : { insert: true }) };
    }
    case nft.NFT_MSG_DELRULE: {
      const { family, table, chain, handle } = nft.decodeRule(message);
      if (handle === 0n) return { kind: "flush-chain", family, table, chain };
      return { kind: "delete-rule", family, table, chain, handle };
    }
    case nft.NFT_MSG_NEWSET: {
      const { handle: _, keyLength: __, dataLength: ___, key, ...value } = nft.decodeSet(message);
      if (!key) throw new Error(`set "${value.set}" has fields that are not known`);
      return { kind: "add-set", ...value, key, ...exclusive };
    }
    case nft.NFT_MSG_DELSET: {
      const { family, table, set } = nft.decodeSet(message);
      return { kind: "delete-set", family, table, set };
    }
    case nft.NFT_MSG_NEWSETELEM: {
      const { setId } = messages.newElements.decode(message);
      const id = setId === undefined ? {} : { setId };
      return { kind: "add-elements", ...nft.decodeElements(message), ...id, ...exclusive };
    }
    case nft.NFT_MSG_DELSETELEM: {
      const { elements, ...value } = nft.decodeElements(message);
      if (elements.length === 0) return { kind: "flush-set", ...value };
      return { kind: "delete-elements", ...value, elements };
    }
    default:
      throw new Error(`message type ${type} is no operation`);
  }
}
