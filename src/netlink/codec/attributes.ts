/** Tables of attributes: one table gives the encoder, the decoder, the printer and the type. */
import { hostIsLittleEndian } from "./byte-order.ts";
import type { Codec, Input } from "./codec.ts";
import { formatBytes } from "./texts.ts";
import { AttributeFound, WireError, within } from "./wire-error.ts";
import type { Writer } from "./writer.ts";

// include/uapi/linux/netlink.h
export const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;

type Presence = "required" | "optional";

export interface Attribute<T, P extends Presence = Presence> {
  /** NFTA_…, RTA_…, CTA_…. */
  readonly type: number;
  readonly codec: Codec<T>;
  readonly presence: P;
}

/** A codec of an attribute that may be left out. */
export interface Optional<T> {
  readonly optional: Codec<T>;
}

/** An attribute that the table does not know. It is kept and written again, behind the others. */
export interface UnknownAttribute {
  /** With the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER, if they were set. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** By the name that a value's property has; written in this order. */
export type AttributeTable = Readonly<Record<string, Attribute<unknown>>>;

type ValueOf<A> = A extends Attribute<infer T> ? T : never;
type NamesOf<A extends AttributeTable, P extends Presence> = {
  [K in keyof A]: A[K]["presence"] extends P ? K : never;
}[keyof A];
type Flat<T> = { [K in keyof T]: T[K] };

/** The values that a table stands for. */
export type AttributeValues<A extends AttributeTable> = Flat<
  { readonly [K in NamesOf<A, "required">]: ValueOf<A[K]> } & {
    readonly [K in NamesOf<A, "optional">]?: ValueOf<A[K]>;
  } & { readonly unknown?: readonly UnknownAttribute[] }
>;

export function attr<T>(type: number, codec: Codec<T>): Attribute<T, "required">;
export function attr<T>(type: number, codec: Optional<T>): Attribute<T, "optional">;
export function attr<T>(type: number, codec: Codec<T> | Optional<T>): Attribute<T> {
  if ("optional" in codec) return { type, codec: codec.optional, presence: "optional" };
  return { type, codec, presence: "required" };
}

export function optional<T>(codec: Codec<T>): Optional<T> {
  return { optional: codec };
}

/** Attributes one after the other, as a message's body holds them. */
export function attributes<A extends AttributeTable>(table: A): Codec<AttributeValues<A>> {
  const fields = Object.entries(table).map(([name, { type, codec, presence }]) => ({
    name,
    codec,
    bits: type | codec.typeBits,
    required: presence === "required",
  }));
  const byType: ((typeof fields)[number] | undefined)[] = [];
  for (const field of fields) byType[field.bits & NLA_TYPE_MASK] = field;

  // PERF: this runs for every attribute that is sent, so there is one try for all, and no iterator.
  const write = (writer: Writer, values: Readonly<Record<string, unknown>>): void => {
    let index = 0;
    try {
      for (; index < fields.length; index += 1) {
        const field = fields[index] as (typeof fields)[number];
        const value = values[field.name];
        if (value !== undefined) {
          const start = writer.startAttribute(field.bits);
          field.codec.write(writer, value);
          writer.endAttribute(start);
        } else if (field.required) throw new WireError("missing");
      }
    } catch (error) {
      throw within(error, `.${fields[index]?.name}`);
    }
    if (values.unknown !== undefined) writeUnknown(writer, values.unknown as readonly UnknownAttribute[]);
  };

  const read = (input: Input, start: number, end: number): Record<string, unknown> => {
    const values: Record<string, unknown> = {};
    const unknown: UnknownAttribute[] = [];
    forEachAttribute(input, start, end, (type, from, to) => {
      const field = byType[type & NLA_TYPE_MASK];
      if (!field) {
        if (input.target === from - 4) throw new AttributeFound().within(`.#${type & NLA_TYPE_MASK}`);
        unknown.push({ type, bytes: input.bytes.slice(from, to) });
        return;
      }
      try {
        if (input.target === from - 4) throw new AttributeFound();
        values[field.name] = field.codec.read(input, from, to);
      } catch (error) {
        throw within(error, `.${field.name}`);
      }
    });
    for (const { name, required } of fields)
      if (required && values[name] === undefined) throw new WireError("missing").within(`.${name}`);
    if (unknown.length > 0) values.unknown = unknown;
    return values;
  };

  const format = (values: Readonly<Record<string, unknown>>): string => {
    const known = fields
      .filter(({ name }) => values[name] !== undefined)
      .map(({ name, codec }) => `${name}=${codec.format(values[name])}`);
    const unknown = (values.unknown as readonly UnknownAttribute[] | undefined) ?? [];
    return [...known, ...unknown.map(({ type, bytes }) => `#${type}=${formatBytes(bytes)}`)].join(" ");
  };
  return { typeBits: 0, write, read, format } as Codec<unknown> as Codec<AttributeValues<A>>;
}

/** An attribute that holds attributes, marked with NLA_F_NESTED. */
export function nested<A extends AttributeTable>(table: A): Codec<AttributeValues<A>> {
  return nest(attributes(table));
}

/** Marks a codec's attribute with NLA_F_NESTED, and prints its value in braces. */
export function nest<T>(codec: Codec<T>): Codec<T> {
  return { ...codec, typeBits: NLA_F_NESTED, format: (value) => `{${codec.format(value)}}` };
}

/** As `nest`, for old parts of the kernel's interface that are written without the mark, such as most of rtnetlink. */
export function nestUnmarked<T>(codec: Codec<T>): Codec<T> {
  return { ...nest(codec), typeBits: 0 };
}

/** Calls `visit` with each attribute's type and where its value stands. Throws WireError where a length does not fit. */
export function forEachAttribute(
  { view }: Input,
  start: number,
  end: number,
  visit: (type: number, from: number, to: number) => void,
): void {
  for (let at = start; at + 4 <= end; ) {
    const length = view.getUint16(at, hostIsLittleEndian);
    if (length < 4 || at + length > end)
      throw new WireError(`attribute length ${length} where ${end - at} bytes are left`);
    visit(view.getUint16(at + 2, hostIsLittleEndian), at + 4, at + length);
    at += (length + 3) & ~3;
  }
}

function writeUnknown(writer: Writer, unknown: readonly UnknownAttribute[]): void {
  for (const { type, bytes } of unknown) {
    const start = writer.startAttribute(type);
    writer.bytes(bytes);
    writer.endAttribute(start);
  }
}
