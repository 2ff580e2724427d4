/** How the fake kernel answers questions. */
import { NLM_F_DUMP, readMessageHeader } from "../../netlink/codec/index.ts";
import {
  NFT_MSG_GETCHAIN,
  NFT_MSG_GETGEN,
  NFT_MSG_GETRULE,
  NFT_MSG_GETSET,
  NFT_MSG_GETSETELEM,
  NFT_MSG_GETTABLE,
} from "../../netlink/nftables/index.ts";
import { messages } from "../../netlink/nftables/messages.ts";
import {
  chainMessage,
  elementMessages,
  generationMessage,
  ruleMessages,
  setMessage,
  tableMessage,
} from "./listings.ts";
import { EINVAL, ENOENT, EOPNOTSUPP, must, Refused } from "./refused.ts";
import { findSet } from "./sets.ts";
import type { FakeTable } from "./state.ts";
import { findTable } from "./tables.ts";

interface Place {
  readonly family: string | number;
  readonly table?: string;
}

/** Returns the messages that answer a question, a list or not. Throws Refused. */
export function answer(
  tables: ReadonlyMap<string, FakeTable>,
  generation: number,
  message: Uint8Array,
): readonly Uint8Array[] {
  const { type, flags } = readMessageHeader(message);
  const listing = (flags & NLM_F_DUMP) === NLM_F_DUMP;
  switch (type) {
    case NFT_MSG_GETTABLE: {
      const place = messages.getTable.decode(message);
      return (listing ? ofFamily(tables, place) : [one(tables, place)]).map(tableMessage);
    }
    case NFT_MSG_GETCHAIN: {
      const place = messages.getChain.decode(message);
      if (listing)
        return ofFamily(tables, place).flatMap((table) =>
          [...table.chains.values()].map((chain) => chainMessage(table, chain)),
        );
      const table = one(tables, place);
      return [chainMessage(table, must(table.chains.get(must(place.chain, EINVAL)), ENOENT))];
    }
    case NFT_MSG_GETRULE: {
      const place = messages.getRule.decode(message);
      if (!listing) throw new Refused(EOPNOTSUPP);
      return ofFamily(tables, place)
        .filter(({ table }) => place.table === undefined || table === place.table)
        .flatMap((table) =>
          [...table.chains.values()]
            .filter(({ chain }) => place.chain === undefined || chain === place.chain)
            .flatMap((chain) => ruleMessages(table, chain)),
        );
    }
    case NFT_MSG_GETSET: {
      const place = messages.getSet.decode(message);
      const table = one(tables, place);
      if (listing) return [...table.sets.values()].map((set) => setMessage(table, set));
      return [setMessage(table, must(table.sets.get(must(place.set, EINVAL)), ENOENT))];
    }
    case NFT_MSG_GETSETELEM: {
      const place = messages.getElements.decode(message);
      const table = one(tables, place);
      return elementMessages(table, findSet({ setsById: new Map() }, table, place));
    }
    case NFT_MSG_GETGEN:
      return [generationMessage(generation)];
    default:
      throw new Refused(EINVAL);
  }
}

function one(tables: ReadonlyMap<string, FakeTable>, place: Place): FakeTable {
  return findTable({ tables: new Map(tables) }, place);
}

function ofFamily(tables: ReadonlyMap<string, FakeTable>, { family }: Place): readonly FakeTable[] {
  return [...tables.values()].filter((table) => family === "unspecified" || table.family === family);
}
