/** The codec: tables of attributes that encode, decode and print themselves. */
export {
  type Acknowledgement,
  type ExtendedAck,
  extendedAck,
  readAcknowledgement,
} from "./acknowledgement.ts";
export {
  type Attribute,
  type AttributeTable,
  type AttributeValues,
  attr,
  attributes,
  NLA_F_NESTED,
  nest,
  nested,
  nestUnmarked,
  type Optional,
  optional,
  type UnknownAttribute,
} from "./attributes.ts";
export { hostIsLittleEndian } from "./byte-order.ts";
export { type Codec, type Decoded, decode, encode, type Input, inputOf } from "./codec.ts";
export { type FixedTable, type FixedValues, fixed, headed, padding } from "./fixed.ts";
export { indexedListOf, listOf } from "./lists.ts";
export * from "./message.ts";
export { type Named, named } from "./names.ts";
export {
  type FixedCodec,
  s32be,
  s32host,
  u8,
  u16be,
  u16host,
  u32be,
  u32host,
  u64be,
  u64host,
} from "./numbers.ts";
export { type Tagged, type TaggedTable, tagged, type UnknownKind } from "./tagged.ts";
export { asciiz, bytes, fixedBytes, flag, formatBytes } from "./texts.ts";
export { WireError } from "./wire-error.ts";
export { MAX_ATTRIBUTE_BYTES, Writer } from "./writer.ts";
