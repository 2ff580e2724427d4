/** How an expression is defined: its table of attributes, and how it prints itself. */
import { type AttributeTable, type AttributeValues, attributes, type Codec } from "../../codec/index.ts";

export function expression<A extends AttributeTable>(
  table: A,
  format: (value: AttributeValues<A>) => string,
): Codec<AttributeValues<A>> {
  return { ...attributes(table), format };
}

/** ` flags 0x10`, nothing for no flags. */
export function formatFlags(flags: number | undefined, label = " flags"): string {
  return flags ? `${label} 0x${flags.toString(16)}` : "";
}

/** ` proto_min reg 1`, nothing if there is none. */
export function formatRegister(label: string, register: number | undefined): string {
  return register === undefined ? "" : ` ${label} reg ${register}`;
}
