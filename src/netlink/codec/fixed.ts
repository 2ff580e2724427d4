/** C structs with a fixed layout, such as the headers that stand before attributes. */
import type { Codec } from "./codec.ts";
import type { FixedCodec } from "./numbers.ts";
import { WireError, within } from "./wire-error.ts";

/** By name, in the order of the struct. Padding must be spelled out as a field of `padding(n)`. */
export type FixedTable = Readonly<Record<string, FixedCodec<unknown>>>;

type PaddingNames<F extends FixedTable> = {
  [K in keyof F]: F[K] extends FixedCodec<undefined> ? K : never;
}[keyof F];

export type FixedValues<F extends FixedTable> = {
  readonly [K in Exclude<keyof F, PaddingNames<F>>]: F[K] extends Codec<infer T> ? T : never;
};

/** Bytes that mean nothing: written as zeros, skipped when read. */
export function padding(size: number): FixedCodec<undefined> {
  return {
    size,
    typeBits: 0,
    write: (writer) => writer.zeros(size),
    read: () => undefined,
    format: () => "",
  };
}

/** The fields one after the other. */
export function fixed<F extends FixedTable>(table: F): FixedCodec<FixedValues<F>> {
  const fields = Object.entries(table);
  const size = fields.reduce((sum, [, codec]) => sum + codec.size, 0);
  const codec: FixedCodec<Readonly<Record<string, unknown>>> = {
    size,
    typeBits: 0,
    write(writer, values) {
      for (const [name, field] of fields) {
        try {
          field.write(writer, values[name]);
        } catch (error) {
          throw within(error, `.${name}`);
        }
      }
    },
    read(input, start, end) {
      if (end - start < size) throw new WireError(`${end - start} bytes, ${size} expected`);
      const values: Record<string, unknown> = {};
      let at = start;
      for (const [name, field] of fields) {
        const value = field.read(input, at, at + field.size);
        if (value !== undefined) values[name] = value;
        at += field.size;
      }
      return values;
    },
    format: (values) =>
      fields
        .filter(([name]) => values[name] !== undefined)
        .map(([name, field]) => `${name}=${field.format(values[name])}`)
        .join(" "),
  };
  return codec as FixedCodec<unknown> as FixedCodec<FixedValues<F>>;
}

/** A header, then attributes, as one flat value: bodies of messages, and a few attributes (VETH_INFO_PEER). */
export function headed<H, A>(header: FixedCodec<H>, body: Codec<A>): Codec<H & A> {
  const start = (header.size + 3) & ~3;
  return {
    typeBits: 0,
    write(writer, value) {
      header.write(writer, value);
      writer.align();
      body.write(writer, value);
    },
    read: (input, from, to) => ({
      ...header.read(input, from, to),
      ...body.read(input, Math.min(from + start, to), to),
    }),
    format: (value) => [header.format(value), body.format(value)].filter((text) => text !== "").join(" "),
  };
}
