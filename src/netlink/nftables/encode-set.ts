/** Between SetContent and the attributes of a set. */
import type { Decoded } from "../codec/index.ts";
import {
  NFT_DATA_VERDICT,
  NFT_SET_ANONYMOUS,
  NFT_SET_CONCAT,
  NFT_SET_CONSTANT,
  NFT_SET_EVAL,
  NFT_SET_INTERVAL,
  NFT_SET_MAP,
  NFT_SET_TIMEOUT,
} from "./constants.ts";
import { datatypeOf, type Field, lengthOf, traitsOf } from "./field.ts";
import type { messages } from "./messages.ts";
import type { SetContent } from "./operation.ts";
import { decodeTypeof, encodeTypeof } from "./typeof.ts";

type SetValues = Decoded<{ read: () => ReturnType<typeof messages.newSet.decode> }>;

const flagBits = [
  ["anonymous", NFT_SET_ANONYMOUS],
  ["constant", NFT_SET_CONSTANT],
  ["interval", NFT_SET_INTERVAL],
  ["timeout", NFT_SET_TIMEOUT],
  ["dynamic", NFT_SET_EVAL],
] as const;

/** Returns a set's attributes, those of its name left out. Throws RangeError for a field that there is not. */
export function toSetValues(content: SetContent) {
  const { key, data, flags = [], timeoutMs, gcIntervalMs, size, policy } = content;
  const concatenated = key.length > 1 && flags.includes("interval");
  let bits = concatenated ? NFT_SET_CONCAT : 0;
  for (const [name, bit] of flagBits) if (flags.includes(name)) bits |= bit;
  if (data) bits |= NFT_SET_MAP;
  const fields = concatenated ? key.map((field) => ({ length: traitsOf(field).length })) : undefined;
  return {
    flags: bits,
    keyType: datatypeOf(key),
    keyLength: lengthOf(key),
    ...(data && {
      dataType: data === "verdict" ? NFT_DATA_VERDICT : datatypeOf(data),
      dataLength: data === "verdict" ? 0 : lengthOf(data),
    }),
    ...(policy && { policy }),
    ...((size !== undefined || fields) && {
      description: { ...(size !== undefined && { size }), ...(fields && { fields }) },
    }),
    ...(timeoutMs !== undefined && { timeoutMs: BigInt(timeoutMs) }),
    ...(gcIntervalMs !== undefined && { gcIntervalMs }),
    userdata: userdataOf(content),
  };
}

function userdataOf({ key, data, autoMerge, comment }: SetContent) {
  return {
    keyOrder: orderOf(key),
    ...(data && { dataOrder: data === "verdict" ? 0 : orderOf(data) }),
    ...(autoMerge && { mergeElements: 1 }),
    keyTypeof: encodeTypeof(key),
    ...(data && { dataTypeof: encodeTypeof(data), dataInterval: 0 }),
    ...(comment !== undefined && { comment }),
  };
}

/** enum byteorder of nftables. */
function orderOf(fields: readonly Field[]): number {
  const [field] = fields;
  if (field === undefined || fields.length > 1) return 0;
  return traitsOf(field).order === "host" ? 1 : 2;
}

/** Reads a set's attributes. Fields that are not known here leave `key` or `data` out. */
export function fromSetValues(values: SetValues): Partial<SetContent> {
  const { flags = 0, policy, description, timeoutMs, gcIntervalMs, userdata } = values;
  const names = flagBits.filter(([, bit]) => flags & bit).map(([name]) => name);
  const key = userdata?.keyTypeof && decodeTypeof(userdata.keyTypeof);
  const data = userdata?.dataTypeof && decodeTypeof(userdata.dataTypeof);
  return {
    ...(key && key !== "verdict" && { key }),
    ...(data && { data }),
    ...(names.length > 0 && { flags: names }),
    ...(timeoutMs && { timeoutMs: Number(timeoutMs) }),
    ...(gcIntervalMs && { gcIntervalMs }),
    ...(description?.size !== undefined && { size: description.size }),
    ...(policy !== undefined && policy !== 0 && typeof policy === "string" && { policy }),
    ...(userdata?.comment !== undefined && { comment: userdata.comment }),
    ...(userdata?.mergeElements && { autoMerge: true }),
  };
}
