/**
 * What the kernels of two machines are told while addresses pass from one to the other and connections go on: who had them keeps them
 * without anybody on the link noticing, and who has them passes back what belongs to connections that it did not begin. Pure.
 */
import { ctState, type Expression, type Hook, type Operation } from "../../../netlink/nftables/index.ts";
import { requireAddressBytes } from "../require-address-bytes.ts";
import type { Family } from "../virtual-router.ts";

/** A table and its chains; no chains: no table. */
export interface RuleTable {
  readonly family: "arp" | "ip" | "ip6";
  readonly chains: readonly {
    readonly name: string;
    readonly base: Hook;
    readonly rules: readonly (readonly Expression[])[];
  }[];
}

export interface PassedBack {
  readonly address: string;
  /** Address, on the link, of the machine that had it. */
  readonly to: string;
}

const VERDICT = 0;
const FIRST = 1;
const SECOND = 2;
const drop: Expression = { kind: "immediate", dreg: VERDICT, data: { code: "drop" } };
const TCP = 6;
const ICMPV6 = 58;
const ND_NEIGHBOR_SOLICIT = 135;
// Flags of TCP (RFC 9293, section 3.1).
const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
/** include/uapi/linux/netfilter/nf_tables.h: the checksum behind the IP header covers its addresses. */
const NFT_PAYLOAD_L4CSUM_PSEUDOHDR = 1;

/**
 * Keeps the machine from answering for addresses that it has, and from asking in their name, which teaches neighbours as well (RFC 826,
 * RFC 4861). `own` is the address that it asks from instead. And lets connection tracking learn which connections stay here, so that they
 * are not taken for another machine's if the addresses come back.
 */
export function silence(family: Family, own: string, addresses: readonly string[]): readonly RuleTable[] {
  const [asked, asking] = family === "IPv4" ? [askedByArp, askingByArp] : [askedByNdp, askingByNdp];
  const source = requireAddressBytes(own);
  const filter = (hook: Hook["hook"]): Hook => ({ type: "filter", hook, priority: 0 });
  const bytes = addresses.map(requireAddressBytes);
  const neighbours: RuleTable["chains"] = [
    { name: "asked", base: filter("input"), rules: bytes.map(asked) },
    { name: "asking", base: filter("output"), rules: bytes.map((address) => asking(address, source)) },
  ];
  const rules = bytes.map((address): readonly Expression[] => [
    ...isTo(family, address),
    { kind: "ct", key: "state", dreg: FIRST },
  ]);
  const flows = { name: "tracked", base: filter("prerouting"), rules };
  if (family === "IPv6") return [{ family: "ip6", chains: [...neighbours, flows] }];
  return [
    { family: "arp", chains: neighbours },
    { family: "ip", chains: [flows] },
  ];
}

/**
 * Sends packets of TCP connections to the machine that began them: those that are no SYN and belong to no flow that this machine knows.
 * They are not let in, so connection tracking knows none of them later, either. Must be there before the addresses are. Connection
 * tracking calls a FIN or RST invalid that begins a flow, and everything else new (net/netfilter/nf_conntrack_proto_tcp.c,
 * tcp_conntracks); what else is invalid may be this machine's own, outside of its window.
 */
export function passBack(family: Family, linkIndex: number, all: readonly PassedBack[]): RuleTable {
  const device = new Uint8Array(new Uint32Array([linkIndex]).buffer);
  const rules = all.flatMap(({ address, to }): readonly (readonly Expression[])[] => {
    const tcp = [
      { kind: "meta", key: "l4proto", dreg: FIRST } as const,
      is(TCP),
      ...isTo(family, requireAddressBytes(address)),
    ];
    const send: readonly Expression[] = [
      { kind: "immediate", dreg: FIRST, data: requireAddressBytes(to) },
      { kind: "immediate", dreg: SECOND, data: device },
      { kind: "dup", address: FIRST, device: SECOND },
      drop,
    ];
    return [
      [...tcp, ...isNot(SYN | ACK, SYN), ...hasState(ctState.new), ...send],
      [...tcp, ...isNot(FIN | RST, 0), ...hasState(ctState.invalid), ...send],
    ];
  });
  // Behind connection tracking at -200, before translation at -100.
  const base: Hook = { type: "filter", hook: "prerouting", priority: -150 };
  return {
    family: family === "IPv4" ? "ip" : "ip6",
    chains: [{ name: "begun-elsewhere", base, rules }],
  };
}

/** Returns the operations that make the table so, whatever was there before; `flags` are the table's. */
export function writeTable(
  { family, chains }: RuleTable,
  table: string,
  flags: number,
): readonly Operation[] {
  const place = { family, table } as const;
  const add: Operation = { kind: "add-table", ...place, flags };
  // Kernels before 6.3 know no other way to remove what may not be there.
  const removal: readonly Operation[] = [add, { kind: "delete-table", ...place }];
  if (chains.every(({ rules }) => rules.length === 0)) return removal;
  return [
    ...removal,
    add,
    ...chains.flatMap(({ name: chain, base, rules }): readonly Operation[] => [
      { kind: "add-chain", ...place, chain, base },
      ...rules.map((expressions): Operation => ({ kind: "add-rule", ...place, chain, expressions })),
    ]),
  ];
}

/** `arp daddr ip ADDRESS drop` */
function askedByArp(address: Uint8Array): readonly Expression[] {
  return [...equals("network", 24, address), drop];
}

/** `arp saddr ip ADDRESS arp saddr ip set OWN` */
function askingByArp(address: Uint8Array, own: Uint8Array): readonly Expression[] {
  return [
    ...equals("network", 14, address),
    { kind: "immediate", dreg: FIRST, data: own },
    { kind: "payload", sreg: FIRST, base: "network", offset: 14, length: 4 },
  ];
}

const isSolicitation: readonly Expression[] = [
  { kind: "meta", key: "l4proto", dreg: FIRST },
  is(ICMPV6),
  { kind: "payload", dreg: FIRST, base: "transport", offset: 0, length: 1 },
  is(ND_NEIGHBOR_SOLICIT),
];

/** `icmpv6 type nd-neighbor-solicit icmpv6 taddr ADDRESS drop` */
function askedByNdp(address: Uint8Array): readonly Expression[] {
  return [...isSolicitation, ...equals("transport", 8, address), drop];
}

/** `icmpv6 type nd-neighbor-solicit ip6 saddr ADDRESS ip6 saddr set OWN` */
function askingByNdp(address: Uint8Array, own: Uint8Array): readonly Expression[] {
  const checksumFlags = NFT_PAYLOAD_L4CSUM_PSEUDOHDR;
  return [
    ...isSolicitation,
    ...equals("network", 8, address),
    { kind: "immediate", dreg: FIRST, data: own },
    { kind: "payload", sreg: FIRST, base: "network", offset: 8, length: 16, checksumFlags },
  ];
}

/** `tcp flags & MASK != VALUE` */
function isNot(mask: number, value: number): readonly Expression[] {
  return [
    { kind: "payload", dreg: FIRST, base: "transport", offset: 13, length: 1 },
    and(Uint8Array.of(mask)),
    { kind: "cmp", sreg: FIRST, op: "neq", data: Uint8Array.of(value) },
  ];
}

/** `ct state STATE` */
function hasState(state: number): readonly Expression[] {
  return [
    { kind: "ct", key: "state", dreg: FIRST },
    and(new Uint8Array(new Uint32Array([state]).buffer)),
    { kind: "cmp", sreg: FIRST, op: "neq", data: new Uint8Array(4) },
  ];
}

/** `ip daddr ADDRESS` */
function isTo(family: Family, address: Uint8Array): readonly Expression[] {
  return equals("network", family === "IPv4" ? 16 : 24, address);
}

function equals(base: "network" | "transport", offset: number, data: Uint8Array): readonly Expression[] {
  return [
    { kind: "payload", dreg: FIRST, base, offset, length: data.length },
    { kind: "cmp", sreg: FIRST, op: "eq", data },
  ];
}

function is(value: number): Expression {
  return { kind: "cmp", sreg: FIRST, op: "eq", data: Uint8Array.of(value) };
}

function and(mask: Uint8Array): Expression {
  const { length } = mask;
  return { kind: "bitwise", sreg: FIRST, dreg: FIRST, length, mask, xor: new Uint8Array(length) };
}
