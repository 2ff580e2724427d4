/** Reads a PROXY protocol header, version 1 or 2, as HAProxy's doc/proxy-protocol.txt defines it. Pure. */
import type { Peer } from "./identity.ts";

export type ProxyHeader =
  /** `length` bytes of header; without `client` the proxy speaks for itself (LOCAL, UNKNOWN). */
  | { readonly kind: "complete"; readonly length: number; readonly client?: Peer }
  | { readonly kind: "incomplete" }
  | { readonly kind: "invalid" };

const signatureV2 = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const fixedLengthV2 = 16;
/** The longest line of version 1, CRLF included. */
const maxLengthV1 = 107;
const startV1 = Buffer.from("PROXY ");

export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsAlike(bytes, signatureV2)) return readV2(bytes);
  if (startsAlike(bytes, startV1)) return readV1(bytes);
  return { kind: "invalid" };
}

function startsAlike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, maxLengthV1).indexOf("\r\n");
  if (end < 0) return { kind: bytes.length < maxLengthV1 ? "incomplete" : "invalid" };
  const [, family, source, , port] = bytes.toString("latin1", 0, end).split(" ");
  const length = end + 2;
  if (family === "UNKNOWN") return { kind: "complete", length };
  if ((family !== "TCP4" && family !== "TCP6") || !source || !port) return { kind: "invalid" };
  return { kind: "complete", length, client: { address: source, port: Number(port) } };
}

function readV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < fixedLengthV2) return { kind: "incomplete" };
  const length = fixedLengthV2 + bytes.readUInt16BE(14);
  if (bytes.length < length) return { kind: "incomplete" };
  const isLocal = (bytes.readUInt8(12) & 0x0f) === 0;
  const family = bytes.readUInt8(13) >> 4;
  if (isLocal || (family !== 1 && family !== 2)) return { kind: "complete", length };
  const size = family === 1 ? 4 : 16;
  if (length < fixedLengthV2 + 2 * size + 4) return { kind: "invalid" };
  const address = bytes.subarray(fixedLengthV2, fixedLengthV2 + size);
  const port = bytes.readUInt16BE(fixedLengthV2 + 2 * size);
  return { kind: "complete", length, client: { address: formatAddress(address), port } };
}

function formatAddress(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join(".");
  const words = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return new URL(`http://[${words.join(":")}]`).hostname.slice(1, -1);
}
