/** IP addresses as numbers, and back in canonical text. */
import ipaddr from "ipaddr.js";

export type IpFamily = "IPv4" | "IPv6";

export interface IpNumber {
  readonly family: IpFamily;
  readonly number: bigint;
}

/**
 * Undefined if the text is no address. Takes what Go's net.ParseIP took before 1.17: `010.0.0.1` is 10.0.0.1; an IPv4
 * address that is written as an IPv6 one is an IPv4 address.
 */
export function parseIpNumber(text: string): IpNumber | undefined {
  const canonical = parseCanonicalIpv4(text);
  if (canonical !== undefined) return { family: "IPv4", number: canonical };
  const plain = text.includes(":") ? text : text.replace(/(^|\.)0+(?=\d)/g, "$1");
  if (!ipaddr.isValid(plain) || plain.includes("%")) return undefined;
  const parsed = ipaddr.process(plain);
  if (parsed.kind() === "ipv4" && !plain.includes(":") && plain.split(".").length !== 4) return undefined;
  const number = parsed.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { family: parsed.kind() === "ipv4" ? "IPv4" : "IPv6", number };
}

/** The one spelling that nearly all addresses have, ten times as fast as the general way: a start reads every address of the cluster. */
function parseCanonicalIpv4(text: string): bigint | undefined {
  let address = 0;
  let byte = -1;
  let dots = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0 && digit <= 9) {
      if (byte === 0) return undefined;
      byte = byte < 0 ? digit : byte * 10 + digit;
      if (byte > 255) return undefined;
    } else if (digit === -2 && byte >= 0) {
      address = address * 256 + byte;
      byte = -1;
      dots += 1;
    } else return undefined;
  }
  return dots === 3 && byte >= 0 ? BigInt(address * 256 + byte) : undefined;
}

/** RFC 5952 for IPv6. */
export function formatIpNumber({ family, number }: IpNumber): string {
  if (family === "IPv4") {
    const address = Number(number);
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
  }
  const length = 16;
  const bytes = Array.from({ length }, (_, index) =>
    Number((number >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}
