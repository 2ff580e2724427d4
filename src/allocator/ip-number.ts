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
  const plain = text.includes(":") ? text : text.replace(/(^|\.)0+(?=\d)/g, "$1");
  if (!ipaddr.isValid(plain) || plain.includes("%")) return undefined;
  const parsed = ipaddr.process(plain);
  if (parsed.kind() === "ipv4" && !plain.includes(":") && plain.split(".").length !== 4) return undefined;
  const number = parsed.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { family: parsed.kind() === "ipv4" ? "IPv4" : "IPv6", number };
}

/** RFC 5952 for IPv6. */
export function formatIpNumber({ family, number }: IpNumber): string {
  const length = family === "IPv4" ? 4 : 16;
  const bytes = Array.from({ length }, (_, index) =>
    Number((number >> BigInt(8 * (length - 1 - index))) & 0xffn),
  );
  return ipaddr.fromByteArray(bytes).toString();
}
