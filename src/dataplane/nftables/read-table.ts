/** Reads what the kernel's table of a family is, and what it holds. */
import { isNetlinkError, list, listSetElements, type NetlinkSocket, request } from "../../kernel/index.ts";
import {
  decodeChain,
  decodeRule,
  decodeSet,
  decodeTable,
  type Expression,
  formatExpression,
  getTable,
  type Hook,
  joinRanges,
  listChains,
  listedForm,
  listRules,
  listSets,
} from "../../netlink/nftables/index.ts";
import { parseChain } from "./choice.ts";
import { type Part, partsOf } from "./choice-parts.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { maps, PROGRAM_COMMENT } from "./names.ts";
import { type ChainSpec, type ProgramOptions, programChains } from "./program.ts";
import { type Row, readHostNumber } from "./row.ts";
import { ruleExpressions } from "./rule-expressions.ts";
import { isRangeOfOneField, programSets } from "./set-specs.ts";
import type { TableContents } from "./table-contents.ts";
import { fixedBlocks } from "./table-operations.ts";
import { blockOf } from "./target-id.ts";

/** Reads program and blocks, but no rows. Resolves with undefined if there is no table. Throws NetlinkError. */
export async function readTable(
  socket: NetlinkSocket,
  traits: FamilyTraits,
  options: ProgramOptions,
): Promise<TableContents | undefined> {
  const what = `Cannot read the table "${traits.name} ${traits.table}"`;
  const place = { family: traits.name, table: traits.table } as const;
  const table = await request(socket, what, getTable(place)).catch((error: unknown) => {
    if (isNetlinkError(error, "ENOENT")) return undefined;
    throw error;
  });
  if (!table?.[0]) return undefined;
  const { comment } = decodeTable(table[0]);
  if (comment !== PROGRAM_COMMENT) return notIntact;

  const setNames = new Set((await list(socket, what, listSets(place), decodeSet)).map(({ set }) => set));
  const chains = await readChains(socket, traits);
  const parts = partsOfChains(chains.keys());
  const specs = programSets(traits);
  const isIntact =
    isSameProgram(traits, chains, [...programChains(options), ...parts.filter(isChain)]) &&
    [...specs, ...parts.filter((part) => !isChain(part))].every(({ name }) => setNames.has(name));
  if (!isIntact) return notIntact;

  const blocks = await readBlocks(socket, traits);
  const fixed = fixedBlocks(options);
  const hasFixedBlocks = [...fixed].every(([block, chain]) => blocks.get(block) === chain);
  if (!hasFixedBlocks) return notIntact;
  return {
    intact: true,
    blocks: new Map([...blocks].filter(([block]) => !fixed.has(block))),
    parts: parts.map(({ name }) => name),
  };
}

const notIntact: TableContents = { intact: false, blocks: new Map(), parts: [] };

async function readBlocks(socket: NetlinkSocket, traits: FamilyTraits): Promise<ReadonlyMap<number, string>> {
  const blocks = new Map<number, string>();
  for (const { key, data } of await listSetElements(socket, placeOf(traits, maps.blocks))) {
    if (key && data && "code" in data)
      blocks.set(blockOf(readHostNumber(text(key))), data.chain ?? data.code.toString());
  }
  return blocks;
}

/**
 * Lists the elements of one set. Throws NetlinkError.
 * PERF: the kernel starts over for each part of a list (nft_rhash_walk), so a set of 50,000 elements takes it 0.1 s, of 300,000 some 5 s.
 */
export async function readRows(
  socket: NetlinkSocket,
  traits: FamilyTraits,
  set: string,
): Promise<readonly Row[]> {
  const elements = await listSetElements(socket, placeOf(traits, set));
  const whole = isRangeOfOneField(set) ? joinRanges(elements) : elements;
  return whole.flatMap(({ key, keyEnd, data, comment }) =>
    key && !(data && "code" in data)
      ? [
          {
            set,
            key: text(key),
            ...(keyEnd && { keyEnd: text(keyEnd) }),
            ...(data && { data: text(data) }),
            ...(comment !== undefined && { comment }),
          },
        ]
      : [],
  );
}

/** Chains with hook and rules, as text. */
async function readChains(
  socket: NetlinkSocket,
  { name: family, table }: FamilyTraits,
): Promise<ReadonlyMap<string, string>> {
  const what = `Cannot read the chains of the table "${family} ${table}"`;
  const chains = await list(socket, what, listChains(family), decodeChain);
  const rules = await list(socket, what, listRules({ family, table }), decodeRule);
  const byChain = Map.groupBy(rules, ({ chain }) => chain);
  return new Map(
    chains
      .filter((chain) => chain.table === table)
      .map(({ chain, base }) => {
        const expressions = (byChain.get(chain) ?? []).map((rule) => rule.expressions);
        return [chain, textOf(base, expressions)];
      }),
  );
}

/** The same chains with the same rules, no more and no fewer. */
function isSameProgram(
  traits: FamilyTraits,
  found: ReadonlyMap<string, string>,
  wanted: readonly Pick<ChainSpec, "name" | "base" | "rules">[],
): boolean {
  return (
    found.size === wanted.length &&
    wanted.every(({ name, base, rules }) => {
      const text = textOf(
        base,
        rules.map((rule) => ruleExpressions(traits, rule).map(listedForm)),
      );
      return found.get(name) === text;
    })
  );
}

function textOf(
  base: Pick<Hook, "type" | "hook" | "priority"> | undefined,
  rules: readonly (readonly Expression[])[],
): string {
  const hook = base ? `${base.type} ${base.hook} ${base.priority}` : "";
  return [hook, ...rules.map((expressions) => expressions.map(formatExpression).join(" "))].join("\n");
}

/** The parts that belong to the choices that there are chains for. */
function partsOfChains(names: Iterable<string>): readonly Part[] {
  const parts = [...names].flatMap((name) => {
    const choice = parseChain(name);
    return choice ? partsOf(choice) : [];
  });
  return [...new Map(parts.map((part) => [part.name, part])).values()];
}

function isChain(part: Part): part is Part & { readonly kind: "chain" } {
  return part.kind === "chain";
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function placeOf({ name, table }: FamilyTraits, set: string) {
  return { family: name, table, set } as const;
}
