/** Attributes that hold many values of one kind. */
import { forEachAttribute, NLA_F_NESTED } from "./attributes.ts";
import type { Codec } from "./codec.ts";
import { AttributeFound, within } from "./wire-error.ts";

/** Values in attributes of one type each, such as NFTA_LIST_ELEM. Other types are read too. */
export function listOf<T>(type: number, codec: Codec<T>): Codec<readonly T[]> {
  return list(codec, () => type);
}

/** Values in attributes with the types 1, 2, 3 and so on, as arrays of set elements are. */
export function indexedListOf<T>(codec: Codec<T>): Codec<readonly T[]> {
  // Types have 14 bits; nobody reads these.
  return list(codec, (index) => (index + 1) & 0x3fff);
}

function list<T>(codec: Codec<T>, typeAt: (index: number) => number): Codec<readonly T[]> {
  return {
    typeBits: NLA_F_NESTED,
    write(writer, values) {
      let index = 0;
      try {
        for (const value of values) {
          const start = writer.startAttribute(typeAt(index) | codec.typeBits);
          codec.write(writer, value);
          writer.endAttribute(start);
          index += 1;
        }
      } catch (error) {
        throw within(error, `[${index}]`);
      }
    },
    read(input, start, end) {
      const values: T[] = [];
      try {
        forEachAttribute(input, start, end, (_, from, to) => {
          if (input.target === from - 4) throw new AttributeFound();
          values.push(codec.read(input, from, to));
        });
      } catch (error) {
        throw within(error, `[${values.length}]`);
      }
      return values;
    },
    format: (values) => `[${values.map((value) => codec.format(value)).join(", ")}]`,
  };
}
