/** Addresses as 32-bit words, the way the kernel's filters and /proc show them. Pure. */
import { isIPv4, isIPv6, SocketAddress } from "node:net";

export interface AddressWord {
  readonly value: number;
  readonly mask: number;
}

/** Reads an address or CIDR into words with their masks; undefined if it is none of that family. */
export function parseWords(family: "IPv4" | "IPv6", cidr: string): readonly AddressWord[] | undefined {
  const [address = "", prefixText] = cidr.split("/");
  const bytes = addressBytes(address);
  if (!bytes || bytes.length !== (family === "IPv4" ? 4 : 16)) return undefined;
  const prefix = prefixText === undefined ? bytes.length * 8 : Number(prefixText);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, index) => {
    const bits = Math.min(32, Math.max(0, prefix - index * 32));
    const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
    return { value: (view.getUint32(index * 4) & mask) >>> 0, mask };
  });
}

/** Returns an address's bytes in network order, 4 or 16 of them; undefined if the text is no address. */
export function addressBytes(address: string): Uint8Array<ArrayBuffer> | undefined {
  if (isIPv4(address)) return Uint8Array.from(address.split("."), Number);
  if (!isIPv6(address) || address.includes("%")) return undefined;
  const text = new SocketAddress({ address, family: "ipv6" }).address;
  const [head = "", tail] = dottedTailToHex(text).split("::");
  const groups = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
  return Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

/** `::ffff:10.0.0.1` -> `::ffff:a00:1`. */
function dottedTailToHex(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16);
    return `${hex(a, b)}:${hex(c, d)}`;
  });
}
