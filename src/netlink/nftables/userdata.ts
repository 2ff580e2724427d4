/** Userdata: what nft keeps with tables, chains, rules, sets and elements, and the kernel does not look at (libnftnl/udata.h). */
import {
  type AttributeTable,
  type AttributeValues,
  asciiz,
  attr,
  bytes,
  type Codec,
  type Input,
  optional,
  type UnknownAttribute,
  u32host,
  WireError,
  type Writer,
} from "../codec/index.ts";
import { NFT_USERDATA_MAXLEN } from "./constants.ts";

/** A table whose attributes have a type and a length of one byte each, and no padding. */
export function userdata<A extends AttributeTable>(table: A): Codec<AttributeValues<A>> {
  const rows = Object.entries(table);
  const write = (writer: Writer, values: Readonly<Record<string, unknown>>): void => {
    const begin = writer.length;
    for (const [name, { type, codec }] of rows) {
      const value = values[name];
      if (value !== undefined) writeEntry(writer, type, codec, value);
    }
    const unknown = (values.unknown ?? []) as readonly UnknownAttribute[];
    for (const { type, bytes: content } of unknown) writeEntry(writer, type, bytes, content);
    if (writer.length - begin > NFT_USERDATA_MAXLEN)
      throw new WireError(`userdata of ${writer.length - begin} bytes, ${NFT_USERDATA_MAXLEN} is the most`);
  };
  const read = (input: Input, start: number, end: number): Record<string, unknown> => {
    const values: Record<string, unknown> = {};
    const unknown: UnknownAttribute[] = [];
    forEachEntry(input, start, end, (type, from, to) => {
      const row = rows.find(([, attribute]) => attribute.type === type);
      if (row) values[row[0]] = row[1].codec.read(input, from, to);
      else unknown.push({ type, bytes: input.bytes.slice(from, to) });
    });
    for (const [name, { presence }] of rows)
      if (presence === "required" && values[name] === undefined)
        throw new WireError("missing").within(`.${name}`);
    if (unknown.length > 0) values.unknown = unknown;
    return values;
  };
  const format = (values: Readonly<Record<string, unknown>>): string => {
    const known = rows.filter(([name]) => values[name] !== undefined);
    return `{${known.map(([name, { codec }]) => `${name}=${codec.format(values[name])}`).join(" ")}}`;
  };
  const codec = { typeBits: 0, write, read, format };
  return codec as Codec<unknown> as Codec<AttributeValues<A>>;
}

/** Calls `visit` for each entry. Throws WireError if one does not fit. */
export function forEachEntry(
  { bytes: content }: Input,
  start: number,
  end: number,
  visit: (type: number, from: number, to: number) => void,
): void {
  for (let at = start; at + 2 <= end; ) {
    const length = content[at + 1] ?? 0;
    if (at + 2 + length > end)
      throw new WireError(`userdata length ${length} where ${end - at} bytes are left`);
    visit(content[at] ?? 0, at + 2, at + 2 + length);
    at += 2 + length;
  }
}

function writeEntry<T>(writer: Writer, type: number, codec: Codec<T>, value: T): void {
  writer.u8(type);
  writer.u8(0);
  const start = writer.length;
  codec.write(writer, value);
  const length = writer.length - start;
  if (length > 0xff) throw new WireError(`userdata entry of ${length} bytes, 255 is the most`);
  writer.patchU8(start - 1, length);
}

/** NFTNL_UDATA_TABLE_COMMENT, and the same of chains and rules. */
export const comments = userdata({ comment: attr(0, optional(asciiz)) });

/** enum nftnl_udata_set_elem_types */
export const elementUserdata = userdata({
  comment: attr(0, optional(asciiz)),
  /** 1: the range that begins here has no end. */
  flags: attr(1, optional(u32host)),
});

/** enum nftnl_udata_set_types */
export const setUserdata = userdata({
  /** Of the bytes in keys: 1 the machine's, 2 network order, 0 if there are several fields. */
  keyOrder: attr(0, optional(u32host)),
  dataOrder: attr(1, optional(u32host)),
  mergeElements: attr(2, optional(u32host)),
  keyTypeof: attr(3, optional(bytes)),
  dataTypeof: attr(4, optional(bytes)),
  /** 1 if data are ranges. */
  dataInterval: attr(6, optional(u32host)),
  comment: attr(7, optional(asciiz)),
});
