/** Frames of SPDY/3.1 (draft-mbelshe-httpbis-spdy-00 and its 3.1 addendum), as far as Kubernetes uses them. Pure. */

export const frameType = {
  SYN_STREAM: 1,
  SYN_REPLY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  HEADERS: 8,
  WINDOW_UPDATE: 9,
} as const;

export const FLAG_FIN = 1;
export const REFUSED_STREAM = 3;
export const CANCEL = 5;

export type SpdyFrame =
  | { readonly kind: "data"; readonly streamId: number; readonly flags: number; readonly payload: Buffer }
  | { readonly kind: "control"; readonly type: number; readonly flags: number; readonly payload: Buffer };

export const headerBytes = 8;
const controlBit = 0x8000_0000;
const version = 3;

/** Total length of the frame whose first 8 bytes these are. */
export function frameLength(header: Buffer): number {
  return headerBytes + header.readUIntBE(5, 3);
}

/** Decodes one whole frame. */
export function decodeFrame(bytes: Buffer): SpdyFrame {
  const word = bytes.readUInt32BE(0);
  const flags = bytes.readUInt8(4);
  const payload = bytes.subarray(headerBytes);
  return word >= controlBit
    ? { kind: "control", type: word & 0xffff, flags, payload }
    : { kind: "data", streamId: word, flags, payload };
}

export function encodeControl(type: number, payload: Uint8Array, flags = 0): Buffer {
  return encode(controlBit + version * 0x1_0000 + type, flags, payload);
}

export function encodeData(streamId: number, payload: Uint8Array, flags = 0): Buffer {
  return encode(streamId, flags, payload);
}

export function encodeReset(streamId: number, status: number): Buffer {
  return encodeControl(frameType.RST_STREAM, words(streamId, status));
}

export function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, index) => {
    bytes.writeUInt32BE(number, 4 * index);
  });
  return bytes;
}

/** Names and values of an uncompressed header block; names are lower-case. Throws RangeError for one that is cut off. */
export function decodeHeaders(block: Buffer): ReadonlyMap<string, string> {
  let offset = 4;
  const text = () => {
    const start = offset + 4;
    offset = start + block.readUInt32BE(offset);
    return block.toString("utf8", start, offset);
  };
  const count = block.readUInt32BE(0);
  const headers = new Map<string, string>();
  for (let index = 0; index < count; index++) headers.set(text(), text());
  return headers;
}

function encode(word: number, flags: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(word, 0);
  header.writeUInt8(flags, 4);
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
}
