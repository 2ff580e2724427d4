/** What registers and set elements hold: bytes, or a verdict. */
import {
  asciiz,
  attr,
  bytes,
  type Codec,
  hostIsLittleEndian,
  named,
  nest,
  nested,
  optional,
  s32be,
  u32be,
} from "../codec/index.ts";

// enum nft_data_attributes, nft_verdict_attributes
const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;
const NFTA_VERDICT_CHAIN_ID = 3;

/** NF_DROP, NF_ACCEPT and enum nft_verdicts. */
const codes = { drop: 0, accept: 1, continue: -1, break: -2, jump: -3, goto: -4, return: -5 } as const;

export const verdict = nested({
  code: attr(NFTA_VERDICT_CODE, named(s32be, codes)),
  chain: attr(NFTA_VERDICT_CHAIN, optional(asciiz)),
  chainId: attr(NFTA_VERDICT_CHAIN_ID, optional(u32be)),
});

/** `{code: "jump", chain: "found"}`, `{code: "drop"}`. */
export interface Verdict {
  readonly code: keyof typeof codes | number;
  /** Of jump and goto. */
  readonly chain?: string;
  readonly chainId?: number;
}

const dataAttributes = nested({
  value: attr(NFTA_DATA_VALUE, optional(bytes)),
  verdict: attr(NFTA_DATA_VERDICT, optional(verdict)),
});

/** Bytes, as `nft_data` with a value. */
export const value: Codec<Uint8Array> = {
  ...nest(bytes),
  write(writer, data) {
    const start = writer.startAttribute(NFTA_DATA_VALUE);
    writer.bytes(data);
    writer.endAttribute(start);
  },
  read: (input, start, end) => dataAttributes.read(input, start, end).value ?? new Uint8Array(),
  format: formatValue,
};

/** Bytes or a verdict. */
export const data: Codec<Uint8Array | Verdict> = {
  ...nest(bytes),
  write(writer, content) {
    if (content instanceof Uint8Array) value.write(writer, content);
    else dataAttributes.write(writer, { verdict: content });
  },
  read(input, start, end) {
    const read = dataAttributes.read(input, start, end);
    return read.verdict ?? read.value ?? new Uint8Array();
  },
  format: (content) => (content instanceof Uint8Array ? formatValue(content) : formatVerdict(content)),
};

/** `0x0100000a 0x00005000`: words of four bytes in the machine's order, as `nft --debug=netlink` has them. */
export function formatValue(content: Uint8Array): string {
  const words: string[] = [];
  for (let at = 0; at < content.length; at += 4) {
    const word = Array.from(content.subarray(at, at + 4));
    while (word.length < 4) word.push(0);
    if (hostIsLittleEndian) word.reverse();
    words.push(`0x${word.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);
  }
  return words.join(" ");
}

/** `drop`, `jump -> found`. */
export function formatVerdict({ code, chain }: Verdict): string {
  return chain === undefined ? String(code) : `${code} -> ${chain}`;
}
