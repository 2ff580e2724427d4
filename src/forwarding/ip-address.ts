/** IP addresses and CIDRs as text in one canonical spelling, so that they can be compared and used as keys. */
import { BlockList, isIP, SocketAddress } from "node:net";
import type { Family } from "./forwarding-table.ts";

/** Returns the family of an address; undefined if the text is none. A zone (`fe80::1%eth0`) makes it none. */
export function familyOf(address: string): Family | undefined {
  if (address.includes("%")) return undefined;
  const version = isIP(address);
  return version === 4 ? "IPv4" : version === 6 ? "IPv6" : undefined;
}

/**
 * Returns the one spelling of an address (RFC 5952: `FD29:0::1` -> `fd29::1`), undefined if the text is none.
 * An IPv4-mapped address (`::ffff:10.0.0.1`) is refused, as newer Kubernetes does: which family it is depends on who reads it.
 */
export function canonicalAddress(text: string): string | undefined {
  const family = familyOf(text);
  if (family === "IPv4") return text;
  if (family === undefined) return undefined;
  const address = new SocketAddress({ address: text, family: "ipv6" }).address;
  return address.startsWith("::ffff:") ? undefined : address;
}

export interface Cidr {
  readonly family: Family;
  readonly text: string;
}

/** Reads `10.0.0.0/8` or `fd00::/8`, surrounding space ignored; undefined if the text is no CIDR. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text.trim());
  const address = match?.[1] === undefined ? undefined : canonicalAddress(match[1]);
  const family = address === undefined ? undefined : familyOf(address);
  if (address === undefined || family === undefined) return undefined;
  const prefix = Number(match?.[2]);
  if (prefix > (family === "IPv4" ? 32 : 128)) return undefined;
  return { family, text: `${address}/${prefix}` };
}

/** All addresses that never leave a machine (RFC 1122, RFC 4291). */
export const loopbackCidrs: readonly string[] = ["127.0.0.0/8", "::1/128"];

/** Says whether an address in its canonical spelling never leaves the machine. */
export function isLoopbackAddress(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** One for each family: a BlockList takes IPv4 addresses for part of `::/0`, as mapped ones are. */
type CidrLists = Readonly<Record<Family, BlockList>>;

const cidrLists = new WeakMap<readonly string[], CidrLists>();

/**
 * Says whether the address lies in one of the CIDRs; texts that are no CIDR match nothing.
 * PERF: what a list means is worked out once per array, so pass the same array again.
 */
export function isInCidrs(address: string, cidrs: readonly string[]): boolean {
  const family = familyOf(address);
  if (family === undefined || cidrs.length === 0) return false;
  let lists = cidrLists.get(cidrs);
  if (!lists) {
    lists = listsOf(cidrs);
    cidrLists.set(cidrs, lists);
  }
  return lists[family].check(address, typeOf(family));
}

function listsOf(cidrs: readonly string[]): CidrLists {
  const lists = { IPv4: new BlockList(), IPv6: new BlockList() };
  for (const text of cidrs) {
    const cidr = parseCidr(text);
    if (!cidr) continue;
    const [address = "", prefix] = cidr.text.split("/");
    lists[cidr.family].addSubnet(address, Number(prefix), typeOf(cidr.family));
  }
  return lists;
}

function typeOf(family: Family): "ipv4" | "ipv6" {
  return family === "IPv4" ? "ipv4" : "ipv6";
}

/** `10.0.0.1:80`, `[fd29::1]:80`. */
export function joinHostPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The reverse of joinHostPort; undefined if the text is not of that form. */
export function splitHostPort(text: string): { readonly address: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2];
  return address === undefined ? undefined : { address, port: Number(match?.[3]) };
}

/** Says whether the text is an address with a prefix length. */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== undefined;
}
