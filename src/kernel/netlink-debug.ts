/** Prints netlink messages to standard error while PORTHOLE_NLDEBUG=1. */
import { eachMessage, NLMSG_HEADER_BYTES, readMessageHeader } from "../netlink/codec/index.ts";
import { NETLINK_NETFILTER } from "./netlink-protocol.ts";

const wanted = process.env.PORTHOLE_NLDEBUG === "1";
/** Loaded only then: its tables take memory. */
const nfTables = wanted ? await import("../netlink/nftables/format-message.ts") : undefined;

/** Prints every message of a datagram that was sent or received, if the user asked for it. */
export function debugNetlink(way: "send" | "receive", protocol: number, datagram: Uint8Array): void {
  if (!wanted) return;
  const lines = Array.from(eachMessage(datagram), (message) => formatMessage(way, protocol, message));
  process.stderr.write(`${lines.join("\n")}\n`);
}

/**
 * `netlink 12 send flags 0xc01 seq 5: NEWRULE ip porthole found` and what follows for nf_tables; for others
 * `netlink 0 send type 0x14 flags 0x605 seq 1 length 40: 02180000 …`: the body in hex, a word of four bytes
 * at a time.
 */
export function formatMessage(way: "send" | "receive", protocol: number, message: Uint8Array): string {
  const { type, flags, sequence, length } = readMessageHeader(message);
  const text = protocol === NETLINK_NETFILTER ? nfTables?.formatNfTablesMessage(message) : undefined;
  if (text !== undefined)
    return `netlink ${protocol} ${way} flags 0x${flags.toString(16)} seq ${sequence}: ${text}`;
  const hex = Buffer.from(message.subarray(NLMSG_HEADER_BYTES)).toString("hex");
  const words = hex.match(/.{1,8}/g)?.join(" ") ?? "";
  return `netlink ${protocol} ${way} type 0x${type.toString(16)} flags 0x${flags.toString(16)} seq ${sequence} length ${length}: ${words}`;
}
