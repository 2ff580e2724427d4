/** Values whose shape depends on a name beside them: nf_tables expressions, kinds of links. */
import { forEachAttribute, NLA_F_NESTED } from "./attributes.ts";
import type { Codec } from "./codec.ts";
import { asciiz, bytes } from "./texts.ts";
import { AttributeFound, WireError, within } from "./wire-error.ts";

export type TaggedTable = Readonly<Record<string, Codec<unknown>>>;

type Flat<T> = { [K in keyof T]: T[K] };

/** `{kind: "nat", …}` for each row of a table. */
export type Tagged<A extends TaggedTable> = {
  [K in keyof A & string]: Flat<{ readonly kind: K } & (A[K] extends Codec<infer T> ? T : never)>;
}[keyof A & string];

/** A value of a kind that the table does not know: its bytes are kept. */
export interface UnknownKind {
  readonly kind: "unknown";
  readonly name: string;
  readonly data?: Uint8Array;
}

export interface TaggedRules {
  /** Attribute type of the name, NFTA_EXPR_NAME. */
  readonly nameType: number;
  /** Attribute type of the data, NFTA_EXPR_DATA. */
  readonly dataType: number;
  /** Bits of the data attribute: NLA_F_NESTED, unless the kernel's own tools leave it out. */
  readonly dataBits?: number;
  /** Kinds that have no data attribute, not even an empty one. */
  readonly bare?: readonly string[];
}

/** A name attribute, then a data attribute whose codec is the table's row of that name. */
export function tagged<A extends TaggedTable>(
  { nameType, dataType, dataBits = NLA_F_NESTED, bare = [] }: TaggedRules,
  table: A,
): Codec<Tagged<A> | UnknownKind> {
  const rows = new Map(Object.entries(table));
  const codec: Codec<{ readonly kind: string }> = {
    typeBits: NLA_F_NESTED,
    write(writer, value) {
      const name = value.kind === "unknown" ? (value as UnknownKind).name : value.kind;
      const nameStart = writer.startAttribute(nameType);
      asciiz.write(writer, name);
      writer.endAttribute(nameStart);
      const { row, data } = bodyOf(rows, value);
      if (data === undefined || bare.includes(name)) return;
      const start = writer.startAttribute(dataType | dataBits);
      try {
        row.write(writer, data);
        writer.endAttribute(start);
      } catch (error) {
        throw within(error, `.${name}`);
      }
    },
    read(input, start, end) {
      let name: string | undefined;
      let place: readonly [number, number] | undefined;
      forEachAttribute(input, start, end, (type, from, to) => {
        if (input.target === from - 4)
          throw new AttributeFound().within(name === undefined ? "" : `.${name}`);
        if ((type & 0x3fff) === nameType) name = asciiz.read(input, from, to);
        else if ((type & 0x3fff) === dataType) place = [from, to];
      });
      if (name === undefined) throw new WireError("missing").within(".kind");
      const row = rows.get(name);
      if (!row)
        return { kind: "unknown", name, ...(place && { data: input.bytes.slice(...place) }) } as UnknownKind;
      try {
        const value = row.read(input, ...(place ?? [end, end]));
        return { kind: name, ...(value as object) };
      } catch (error) {
        throw within(error, `.${name}`);
      }
    },
    format(value) {
      if (value.kind === "unknown") {
        const { name, data } = value as UnknownKind;
        return `${name}{${data ? bytes.format(data) : ""}}`;
      }
      return `${value.kind}{${rows.get(value.kind)?.format(value) ?? ""}}`;
    },
  };
  return codec as Codec<unknown> as Codec<Tagged<A> | UnknownKind>;
}

function bodyOf(
  rows: ReadonlyMap<string, Codec<unknown>>,
  value: { readonly kind: string },
): { readonly row: Codec<unknown>; readonly data: unknown } {
  if (value.kind === "unknown") return { row: bytes as Codec<unknown>, data: (value as UnknownKind).data };
  const row = rows.get(value.kind);
  if (!row) throw new WireError(`there is no kind "${value.kind}"`);
  return { row, data: value };
}
