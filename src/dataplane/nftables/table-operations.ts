/** Turns changes of a family's table into operations of nf_tables. */
import { assertNever } from "../../lib/assert-never.ts";
import { type Operation, type SetElement, splitRange } from "../../netlink/nftables/index.ts";
import type { Part } from "./choice-parts.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { chains, maps, PROGRAM_COMMENT } from "./names.ts";
import { type ChainSpec, type ProgramOptions, programChains } from "./program.ts";
import { hostNumber, type Row } from "./row.ts";
import { ruleExpressions } from "./rule-expressions.ts";
import { affinitySet, isRangeOfOneField, programSets, type SetSpec } from "./set-specs.ts";
import type { TableChange } from "./table-contents.ts";
import { BLOCK_SIZE, blockOf, REFUSE, SILENCE, VIRTUAL_SERVER } from "./target-id.ts";

/** Blocks that are part of the program, and where they lead. */
export function fixedBlocks({ virtualServerMark }: ProgramOptions): ReadonlyMap<number, string> {
  return new Map([
    [blockOf(REFUSE), chains.refuse],
    [blockOf(SILENCE), chains.silence],
    ...(virtualServerMark !== undefined ? [[blockOf(VIRTUAL_SERVER), chains.virtualServer] as const] : []),
  ]);
}

/** The whole program without a row, in the place of whatever table the family has. */
function programOperations(traits: FamilyTraits, options: ProgramOptions): readonly Operation[] {
  const specs = programChains(options);
  return [
    // What is not there cannot be deleted: kernels before 6.3 know no other way.
    { kind: "add-table", ...inTable(traits) },
    { kind: "delete-table", ...inTable(traits) },
    { kind: "add-table", ...inTable(traits), comment: PROGRAM_COMMENT, exclusive: true },
    ...specs.map((spec) => addChain(traits, spec)),
    ...programSets(traits).map((spec) => addSet(traits, spec)),
    ...specs.flatMap((spec) => addRules(traits, spec)),
    ...[...fixedBlocks(options)].map(([block, chain]) =>
      blockOperation(traits, { kind: "add-block", block, chain }),
    ),
  ];
}

/** Says what changes take. Rows of one set that stand together make one operation. */
export function changeOperations(
  traits: FamilyTraits,
  changes: readonly TableChange[],
): readonly Operation[] {
  const operations: Operation[] = [];
  const elements = (kind: "add-elements" | "delete-elements", row: Row): void => {
    const last = operations.at(-1);
    const added = elementsOf(row);
    if (last?.kind === kind && last.set === row.set) (last.elements as SetElement[]).push(...added);
    else operations.push({ kind, ...inTable(traits), set: row.set, elements: [...added], exclusive: true });
  };
  for (const change of changes) {
    switch (change.kind) {
      case "create-program":
        operations.push(...programOperations(traits, change.options));
        break;
      case "flush":
        operations.push({ kind: "flush-set", ...inTable(traits), set: change.set });
        break;
      case "add":
        elements("add-elements", change.row);
        break;
      case "delete":
        elements("delete-elements", change.row);
        break;
      case "replace":
        elements("delete-elements", change.previous);
        elements("add-elements", change.row);
        break;
      case "add-part":
        operations.push(...addPart(traits, change.part));
        break;
      case "delete-part":
        operations.push(deletePart(traits, change.part));
        break;
      case "add-block":
      case "delete-block":
        operations.push(blockOperation(traits, change));
        break;
      default:
        assertNever(change);
    }
  }
  return operations;
}

function inTable({ name, table }: FamilyTraits) {
  return { family: name, table } as const;
}

function addChain(traits: FamilyTraits, { name, base }: ChainSpec): Operation {
  return { kind: "add-chain", ...inTable(traits), chain: name, ...(base && { base }), exclusive: true };
}

function addRules(traits: FamilyTraits, { name, rules }: Pick<ChainSpec, "name" | "rules">): Operation[] {
  return rules.map((rule) => ({
    kind: "add-rule",
    ...inTable(traits),
    chain: name,
    expressions: ruleExpressions(traits, rule),
  }));
}

function addSet(traits: FamilyTraits, { name, ...content }: SetSpec): Operation {
  return { kind: "add-set", ...inTable(traits), set: name, ...content, exclusive: true };
}

function addPart(traits: FamilyTraits, part: Part): readonly Operation[] {
  if (part.kind === "affinity") return [addSet(traits, affinitySet(traits, part.name, part.seconds))];
  return [addChain(traits, part), ...addRules(traits, part)];
}

function deletePart(traits: FamilyTraits, { kind, name }: Part): Operation {
  return kind === "affinity"
    ? { kind: "delete-set", ...inTable(traits), set: name }
    : { kind: "delete-chain", ...inTable(traits), chain: name };
}

function blockOperation(
  traits: FamilyTraits,
  { kind, block, chain }: Extract<TableChange, { readonly block: number }>,
): Operation {
  const element = {
    key: bytes(hostNumber(block * BLOCK_SIZE)),
    data: { code: "goto", chain },
  } as const;
  const place = { ...inTable(traits), set: maps.blocks, elements: [element] };
  return kind === "add-block"
    ? { kind: "add-elements", ...place, exclusive: true }
    : { kind: "delete-elements", ...place };
}

function elementsOf({ set, key, keyEnd, data, comment }: Row): readonly SetElement[] {
  const element = {
    key: bytes(key),
    ...(data !== undefined && { data: bytes(data) }),
    ...(comment !== undefined && { comment }),
  };
  if (keyEnd === undefined) return [element];
  if (!isRangeOfOneField(set)) return [{ ...element, keyEnd: bytes(keyEnd) }];
  return splitRange({ ...element, keyEnd: bytes(keyEnd) });
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
