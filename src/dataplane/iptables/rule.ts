/**
 * Rules as iptables-save prints them, without `-A CHAIN`, so that what a kernel holds can be compared with what it must hold as text. A
 * rule of another spelling would work, too, and be written anew at each start.
 */
import type { PodInterfaces, Protocol } from "../../forwarding/forwarding-table.ts";
import { addressBytes, formatAddressBytes } from "../../lib/address-bytes.ts";

/** What a packet must be like. */
export type Match = string;

/** COMMENT: iptables takes 255 bytes. */
const COMMENT_MAX = 200;

/** The order of a rule's parts; all other matches stand between protocol and target, as they are given. */
const order = ["-s", "-d", "-i", "-p"];

/** Joins matches and what then happens (`-j CHAIN`, the last part). Empty parts say nothing. */
export function rule(...parts: readonly Match[]): string {
  return parts
    .filter((part) => part !== "")
    .sort((a, b) => rankOf(a) - rankOf(b))
    .join(" ");
}

function rankOf(part: Match): number {
  const rank = order.indexOf(part.replace(/^! /, "").slice(0, 2));
  return rank < 0 ? order.length : rank;
}

/** `-d 10.96.0.1/32`, `-s 10.244.0.0/16`; nothing for everybody. */
export function addressed(side: "-s" | "-d", cidr: string): Match {
  const network = networkOf(cidr);
  return network === undefined ? "" : `${side} ${network}`;
}

/** `-p tcp -m tcp --dport 80`, with a range `--dport 30000:30015`. */
export function toPort(protocol: Protocol, first: number, last = first): Match {
  const name = protocol.toLowerCase();
  return `-p ${name} -m ${name} --dport ${first === last ? first : `${first}:${last}`}`;
}

/** `-m comment --comment "default/web:http"`. iptables-save leaves out the quotes of texts without a special character. */
export function comment(text: string): Match {
  const plain = text.replaceAll(/[^\w ./:,()-]/g, "?").slice(0, COMMENT_MAX);
  return `-m comment --comment ${/^[\w-]*$/.test(plain) ? plain : `"${plain}"`}`;
}

export function jump(chain: string): string {
  return `-j ${chain}`;
}

/** One in so many, as the kernel stores it: in parts of 2^31 (net/netfilter/xt_statistic.c). */
export function oneIn(count: number): Match {
  const parts = Math.round(2 ** 31 / count);
  return count <= 1 ? "" : `-m statistic --mode random --probability ${(parts / 2 ** 31).toFixed(11)}`;
}

/** What comes by a pod's interface. */
export function fromInterface({ kind, name }: PodInterfaces): Match {
  return `-i ${name}${kind === "prefix" ? "+" : ""}`;
}

export const fromNode: Match = "-m addrtype --src-type LOCAL";

/** `10.1.2.3/8` -> `10.0.0.0/8`; undefined where the prefix is 0, which iptables-save leaves out. */
export function networkOf(cidr: string): string | undefined {
  const [address = "", length] = cidr.split("/");
  const bytes = addressBytes(address);
  if (!bytes) return undefined;
  const bits = Number(length ?? bytes.length * 8);
  if (bits === 0) return undefined;
  const masked = bytes.map((byte, index) => byte & ~(0xff >> Math.min(8, Math.max(0, bits - index * 8))));
  return `${formatAddressBytes(masked)}/${bits}`;
}
