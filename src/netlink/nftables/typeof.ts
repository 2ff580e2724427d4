/** How nft keeps the fields of keys and data: `typeof ip daddr . meta l4proto . th dport` as userdata. */
import { attr, bytes, decode, encode, inputOf, u32host, WireError, Writer } from "../codec/index.ts";
import { type Field, type FieldSource, fieldNames, traitsOf } from "./field.ts";
import { forEachEntry, userdata } from "./userdata.ts";

/** enum expr_types of nftables 1.0.6. */
const EXPR_VERDICT = 1;
const EXPR_PAYLOAD = 7;
const EXPR_META = 9;
const EXPR_CT = 12;
const EXPR_CONCAT = 13;
const EXPR_NUMGEN = 23;
/** A connection's both directions: -1. */
const ANY_DIRECTION = 0xffffffff;

const expression = userdata({ type: attr(0, u32host), content: attr(1, bytes) });
const payload = userdata({ header: attr(0, u32host), field: attr(1, u32host) });
const meta = userdata({ key: attr(0, u32host) });
const ct = userdata({ key: attr(0, u32host), direction: attr(1, u32host) });
const numgen = userdata({ type: attr(0, u32host), modulus: attr(1, u32host), offset: attr(2, u32host) });

export function encodeTypeof(fields: readonly Field[] | "verdict"): Uint8Array {
  if (fields === "verdict") return encode(expression, { type: EXPR_VERDICT, content: new Uint8Array() });
  const each = fields.map((field) => encode(expression, expressionOf(traitsOf(field).source)));
  if (each.length === 1) return each[0] ?? new Uint8Array();
  const list = new Writer();
  each.forEach((content, index) => {
    list.u8(index);
    list.u8(content.length);
    list.bytes(content);
  });
  return encode(expression, { type: EXPR_CONCAT, content: list.finish() });
}

/** Returns undefined if one of the fields is not known here, or the bytes make no sense: the kernel takes whatever it is given. */
export function decodeTypeof(encoded: Uint8Array): readonly Field[] | "verdict" | undefined {
  try {
    return read(encoded);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function read(encoded: Uint8Array): readonly Field[] | "verdict" | undefined {
  const { type, content } = decode(expression, encoded);
  if (type === EXPR_VERDICT) return "verdict";
  if (type !== EXPR_CONCAT) {
    const field = fieldOf(encoded);
    return field && [field];
  }
  const fields: (Field | undefined)[] = [];
  forEachEntry(inputOf(content), 0, content.length, (_, from, to) =>
    fields.push(fieldOf(content.subarray(from, to))),
  );
  return fields.every((field) => field !== undefined) ? fields : undefined;
}

function expressionOf(source: FieldSource): { readonly type: number; readonly content: Uint8Array } {
  switch (source.kind) {
    case "payload":
      return { type: EXPR_PAYLOAD, content: encode(payload, source) };
    case "meta":
      return { type: EXPR_META, content: encode(meta, source) };
    case "ct":
      return { type: EXPR_CT, content: encode(ct, { key: source.key, direction: ANY_DIRECTION }) };
    case "numgen":
      return { type: EXPR_NUMGEN, content: encode(numgen, source) };
  }
}

const knownFields: ReadonlyMap<string, Field> = new Map(
  fieldNames.map((field) => [textOf(encodeTypeof([field])), field]),
);

function fieldOf(encoded: Uint8Array): Field | undefined {
  const known = knownFields.get(textOf(encoded));
  if (known) return known;
  const { type, content } = decode(expression, encoded);
  if (type !== EXPR_NUMGEN) return undefined;
  const source = decode(numgen, content);
  if (source.offset !== 0) return undefined;
  return `numgen ${source.type === 1 ? "random" : "inc"} mod ${source.modulus}`;
}

function textOf(encoded: Uint8Array): string {
  return Buffer.from(encoded).toString("hex");
}
