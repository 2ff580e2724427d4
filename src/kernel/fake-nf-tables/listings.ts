/** What the fake kernel says there is. */
import { NLM_F_MULTI } from "../../netlink/codec/index.ts";
import { NFT_SET_ANONYMOUS } from "../../netlink/nftables/index.ts";
import { messages } from "../../netlink/nftables/messages.ts";
import type { FakeChain, FakeSet, FakeTable } from "./state.ts";

const ELEMENTS_PER_MESSAGE = 60;
const multi = { flags: NLM_F_MULTI };

export function tableMessage({ family, table, handle, flags, comment, chains, sets }: FakeTable): Uint8Array {
  // Sets without names of their own belong to their rules, not to the table.
  const owned = [...sets.values()].filter(
    ({ values, uses }) => uses === 0 || !((values.flags ?? 0) & NFT_SET_ANONYMOUS),
  );
  const use = chains.size + owned.length;
  return messages.newTable.encode(
    { ...headOf(family), table, flags, use, handle, ...commentOf(comment) },
    multi,
  );
}

export function chainMessage({ family, table }: FakeTable, chain: FakeChain): Uint8Array {
  const { handle, base, policy, comment, rules, jumps } = chain;
  return messages.newChain.encode(
    {
      ...headOf(family),
      table,
      chain: chain.chain,
      handle,
      ...base,
      ...(policy !== undefined && { policy }),
      use: rules.length + jumps,
      ...commentOf(comment),
    },
    multi,
  );
}

export function ruleMessages(
  { family, table }: FakeTable,
  { chain, rules }: FakeChain,
): readonly Uint8Array[] {
  return rules.map(({ handle, expressions, comment }, index) => {
    const position = rules[index - 1]?.handle;
    const place = position === undefined ? {} : { position };
    const value = { ...headOf(family), table, chain, handle, expressions, ...place, ...commentOf(comment) };
    return messages.newRule.encode(value, multi);
  });
}

export function setMessage({ family, table }: FakeTable, { set, handle, values }: FakeSet): Uint8Array {
  const { id: _, ...rest } = values;
  return messages.newSet.encode({ ...rest, ...headOf(family), table, set, handle }, multi);
}

/** At least one message, as the kernel sends it. */
export function elementMessages(
  { family, table }: FakeTable,
  { set, elements }: FakeSet,
): readonly Uint8Array[] {
  const all = [...elements.values()].map(({ values }) => values);
  const result: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < all.length; at += ELEMENTS_PER_MESSAGE) {
    const part = all.slice(at, at + ELEMENTS_PER_MESSAGE);
    result.push(messages.newElements.encode({ ...headOf(family), table, set, elements: part }, multi));
  }
  return result;
}

export function generationMessage(generation: number): Uint8Array {
  const value = { ...headOf("unspecified"), generation, pid: process.pid, process: "fake" } as const;
  return messages.newGeneration.encode(value, { flags: 0 });
}

function headOf<F extends FakeTable["family"] | "unspecified">(family: F) {
  return { family, version: 0, resource: 0 } as const;
}

function commentOf(comment: string | undefined) {
  return comment === undefined ? {} : { userdata: { comment } };
}
