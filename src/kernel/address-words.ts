/** Addresses as 32-bit words, the way the kernel's filters and /proc show them. Pure. */
import { addressBytes } from "../lib/address-bytes.ts";

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
