/** Rules of the fake kernel. What they mean for packets is not looked at, nor whether their chain's type allows them. */
import { NLM_F_APPEND, NLM_F_REPLACE, readMessageHeader } from "../../netlink/codec/index.ts";
import {
  type Expression,
  listedForm,
  NFT_DATA_VERDICT,
  NFT_SET_ANONYMOUS,
  NFT_SET_CONSTANT,
  NFT_SET_EVAL,
  NFT_SET_INTERVAL,
  NFT_SET_MAP,
  NFT_SET_TIMEOUT,
} from "../../netlink/nftables/index.ts";
import { messages } from "../../netlink/nftables/messages.ts";
import { EBUSY, EEXIST, EINVAL, ENOENT, EOPNOTSUPP, must, Refused } from "./refused.ts";
import { deleteSet, findSet } from "./sets.ts";
import {
  type Batch,
  change,
  type FakeChain,
  type FakeRule,
  type FakeSet,
  type FakeTable,
  nextHandle,
  splice,
} from "./state.ts";
import { findTable, isExclusive } from "./tables.ts";

export function newRule(batch: Batch, message: Uint8Array): void {
  const values = messages.newRule.decode(message);
  const { flags } = readMessageHeader(message);
  const table = findTable(batch, values);
  const chain = must(table.chains.get(must(values.chain, EINVAL)), ENOENT);
  const replaced = values.handle === undefined ? undefined : must(findRule(chain, values.handle), ENOENT);
  if (replaced && isExclusive(message)) throw new Refused(EEXIST);
  if (replaced && !(flags & NLM_F_REPLACE)) throw new Refused(EOPNOTSUPP);
  if (!replaced && flags & NLM_F_REPLACE) throw new Refused(EINVAL);
  const handle = replaced?.handle ?? nextHandle(table);
  const neighbour =
    values.position === undefined ? undefined : must(findRule(chain, values.position), ENOENT);
  const bound = (values.expressions ?? []).map((expression) => bind(batch, table, expression));
  const rule: FakeRule = {
    handle,
    expressions: bound.map(({ expression }) => expression),
    comment: values.userdata?.comment,
    chains: bound.flatMap((each) => (each.chain ? [each.chain] : [])),
    sets: bound.flatMap((each) => (each.set ? [each.set] : [])),
  };
  for (const target of rule.chains) change(batch, target, "jumps", target.jumps + 1);
  for (const set of rule.sets) change(batch, set, "uses", set.uses + 1);
  const append = (flags & NLM_F_APPEND) !== 0;
  if (replaced) {
    splice(batch, chain.rules, chain.rules.indexOf(replaced) + 1, 0, rule);
    deleteRules(batch, table, chain, [replaced]);
  } else if (neighbour)
    splice(batch, chain.rules, chain.rules.indexOf(neighbour) + (append ? 1 : 0), 0, rule);
  else splice(batch, chain.rules, append ? chain.rules.length : 0, 0, rule);
}

export function deleteRule(batch: Batch, message: Uint8Array): void {
  const values = messages.deleteRule.decode(message);
  const table = findTable(batch, values);
  const chains =
    values.chain === undefined ? [...table.chains.values()] : [must(table.chains.get(values.chain), ENOENT)];
  for (const chain of chains) {
    const rules = values.handle === undefined ? chain.rules : [must(findRule(chain, values.handle), ENOENT)];
    deleteRules(batch, table, chain, rules);
  }
}

/** Removes rules and what they held: sets without names of their own go with them. */
export function deleteRules(
  batch: Batch,
  table: FakeTable,
  chain: FakeChain,
  rules: readonly FakeRule[],
): void {
  for (const rule of [...rules]) {
    splice(batch, chain.rules, chain.rules.indexOf(rule), 1);
    for (const target of rule.chains) change(batch, target, "jumps", target.jumps - 1);
    for (const set of rule.sets) {
      change(batch, set, "uses", set.uses - 1);
      if (set.uses === 0 && (set.values.flags ?? 0) & NFT_SET_ANONYMOUS) deleteSet(batch, table, set);
    }
  }
}

function findRule(chain: FakeChain, handle: bigint): FakeRule | undefined {
  return chain.rules.find((rule) => rule.handle === handle);
}

/** What the kernel makes of a set without a size once rules may add to it (nft_dynset_init). */
const DYNAMIC_SIZE = 0xffff;

interface Bound {
  readonly expression: Expression;
  readonly chain?: FakeChain;
  readonly set?: FakeSet;
}

/** Looks up what an expression names. */
function bind(batch: Batch, table: FakeTable, expression: Expression): Bound {
  const listed = listedForm(expression);
  switch (listed.kind) {
    case "immediate": {
      const { data } = listed;
      if (data instanceof Uint8Array) return { expression: listed };
      return { expression: listed, ...targetOf(table, data.chain) };
    }
    case "lookup": {
      const set = findSet(batch, table, { set: listed.set, ...idOf(expression) });
      const isMap = ((set.values.flags ?? 0) & NFT_SET_MAP) !== 0;
      if (listed.dreg !== undefined && (!isMap || listed.flags)) throw new Refused(EINVAL);
      // Register 0 takes verdicts and nothing else.
      const isVerdict = set.values.dataType === NFT_DATA_VERDICT;
      if (listed.dreg !== undefined && (listed.dreg === 0) !== isVerdict) throw new Refused(EINVAL);
      return { expression: { ...listed, set: set.set }, set };
    }
    case "dynset": {
      const set = findSet(batch, table, { set: listed.set, ...idOf(expression) });
      const flags = set.values.flags ?? 0;
      if (flags & NFT_SET_CONSTANT) throw new Refused(EBUSY);
      if (!isUpdatable(set)) throw new Refused(EOPNOTSUPP);
      if ("timeoutMs" in expression && !(flags & NFT_SET_TIMEOUT)) throw new Refused(EOPNOTSUPP);
      if (listed.dataRegister !== undefined && !(flags & NFT_SET_MAP)) throw new Refused(EOPNOTSUPP);
      if (listed.dataRegister === undefined && flags & NFT_SET_MAP) throw new Refused(EINVAL);
      if (set.values.description?.size === undefined)
        change(batch, set, "values", { ...set.values, description: { size: DYNAMIC_SIZE } });
      return { expression: { ...listed, set: set.set }, set };
    }
    default:
      return { expression: listed };
  }
}

/** Sets that are no hash tables, or hash tables of a fixed size, cannot be changed by rules. */
function isUpdatable({ values: { flags = 0, description } }: FakeSet): boolean {
  if (flags & NFT_SET_INTERVAL) return false;
  return (flags & (NFT_SET_EVAL | NFT_SET_TIMEOUT)) !== 0 || description?.size === undefined;
}

function idOf(expression: Expression): { readonly setId?: number } {
  return "setId" in expression && expression.setId !== undefined ? { setId: expression.setId } : {};
}

/** The chain of a verdict. Throws Refused if there is none of that name, or packets come into it from the kernel. */
export function targetOf(table: FakeTable, chain: string | undefined): { readonly chain?: FakeChain } {
  if (chain === undefined) return {};
  const target = must(table.chains.get(chain), ENOENT);
  if (target.base) throw new Refused(EOPNOTSUPP);
  return { chain: target };
}
