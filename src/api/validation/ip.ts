/** IP addresses as Go reads and writes them, the leading zeros that it used to allow included (net.ParseIP, netutils.ParseIPSloppy). */

export interface ParsedIp {
  readonly family: "IPv4" | "IPv6";
  /** 4 or 16 bytes; 4 for an IPv4-mapped IPv6 address too. */
  readonly bytes: readonly number[];
  /** RFC 5952. */
  readonly canonical: string;
  /** `010.0.0.1`: some programs would read it as octal. */
  readonly hasLeadingZeros: boolean;
  /** `::ffff:10.0.0.1` */
  readonly isMapped: boolean;
}

/** Undefined if the text is no address. */
export function parseIp(text: string): ParsedIp | undefined {
  if (text.includes(":")) return parseIpv6(text);
  const octets = parseOctets(text);
  if (octets === undefined) return undefined;
  const canonical = octets.join(".");
  return { family: "IPv4", bytes: octets, canonical, hasLeadingZeros: canonical !== text, isMapped: false };
}

function parseOctets(text: string): readonly number[] | undefined {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(text)) return undefined;
  const octets = text.split(".").map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

function parseIpv6(text: string): ParsedIp | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.groups.length - (tail?.groups.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head.groups, ...Array<number>(missing).fill(0), ...(tail?.groups ?? [])];
  const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
  const hasLeadingZeros = head.hasLeadingZeros || (tail?.hasLeadingZeros ?? false);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const octets = bytes.slice(12);
    return { family: "IPv4", bytes: octets, canonical: octets.join("."), hasLeadingZeros, isMapped: true };
  }
  return { family: "IPv6", bytes, canonical: formatGroups(groups), hasLeadingZeros, isMapped: false };
}

interface Groups {
  readonly groups: readonly number[];
  readonly hasLeadingZeros: boolean;
}

/** `fd00:1` or, at the end of an address, `ffff:10.0.0.1`. */
function parseGroups(text: string, isLast: boolean): Groups | undefined {
  if (text === "") return { groups: [], hasLeadingZeros: false };
  const parts = text.split(":");
  const groups: number[] = [];
  let hasLeadingZeros = false;
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && part.includes(".")) {
      const octets = parseOctets(part);
      if (octets === undefined) return undefined;
      const [a = 0, b = 0, c = 0, d = 0] = octets;
      hasLeadingZeros = octets.join(".") !== part;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return { groups, hasLeadingZeros };
}

/** The longest run of two or more zero groups, the first of equals, becomes `::`. */
function formatGroups(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let index = 0; index < groups.length; ) {
    let end = index;
    while (groups[end] === 0) end += 1;
    if (end - index > length) [start, length] = [index, end - index];
    index = Math.max(end, index + 1);
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

export interface ParsedCidr {
  readonly ip: ParsedIp;
  readonly prefixLength: number;
  /** The address with all bits behind the prefix zero, and the prefix length. */
  readonly canonical: string;
  readonly hasLeadingZeros: boolean;
  /** `192.0.2.5/24`: bits are set behind the prefix. */
  readonly hasHostBits: boolean;
}

/** Undefined if the text is no address with a prefix length. */
export function parseCidr(text: string): ParsedCidr | undefined {
  const slash = text.indexOf("/");
  const ip = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const lengthText = text.slice(slash + 1);
  if (ip === undefined || !/^\d+$/.test(lengthText)) return undefined;
  const written = Number(lengthText);
  const prefixLength = ip.isMapped ? written - 96 : written;
  if (prefixLength < 0 || prefixLength > ip.bytes.length * 8) return undefined;
  const masked = ip.bytes.map((byte, index) => byte & maskByte(prefixLength - index * 8));
  const base = ip.family === "IPv4" ? masked.join(".") : formatGroups(toGroups(masked));
  return {
    ip,
    prefixLength,
    canonical: `${base}/${prefixLength}`,
    hasLeadingZeros: ip.hasLeadingZeros || String(written) !== lengthText,
    hasHostBits: masked.some((byte, index) => byte !== ip.bytes[index]),
  };
}

function maskByte(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

function toGroups(bytes: readonly number[]): readonly number[] {
  return Array.from({ length: 8 }, (_, index) => (bytes[index * 2] ?? 0) * 256 + (bytes[index * 2 + 1] ?? 0));
}
