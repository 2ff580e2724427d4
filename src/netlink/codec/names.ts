/** Numbers that have names. */
import type { FixedCodec } from "./numbers.ts";
import { WireError } from "./wire-error.ts";

/** A name of the table; or the number itself, where a newer kernel has more than the table knows. */
export type Named<N extends Readonly<Record<string, number>>> = (keyof N & string) | number;

/** `named(u32be, {eq: 0, neq: 1})`. */
export function named<const N extends Readonly<Record<string, number>>>(
  codec: FixedCodec<number>,
  names: N,
): FixedCodec<Named<N>> {
  const numbers = new Map<string, number>(Object.entries(names));
  const byNumber = new Map([...numbers].map(([name, number]) => [number, name as keyof N & string]));
  return {
    size: codec.size,
    typeBits: codec.typeBits,
    write(writer, value) {
      const number = typeof value === "number" ? value : numbers.get(value);
      if (number === undefined)
        throw new WireError(`"${value}" is none of ${[...numbers.keys()].join(", ")}`);
      codec.write(writer, number);
    },
    read(input, start, end) {
      const number = codec.read(input, start, end);
      return byNumber.get(number) ?? number;
    },
    format: String,
  };
}
