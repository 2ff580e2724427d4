/** Field: what a key or a map's data consists of, by the words that nft's `typeof` has for it. */

import { metaKeys } from "./expr/meta.ts";
import { numgenTypes } from "./expr/numgen.ts";
import { familyNumber } from "./family.ts";

/** nft's own numbers, include/datatype.h of nftables 1.0.6; the kernel keeps them and does not look at them. */
const datatypes = {
  verdict: 1,
  nfproto: 2,
  integer: 4,
  ipaddr: 7,
  ip6addr: 8,
  inet_protocol: 12,
  inet_service: 13,
  mark: 19,
  classid: 23,
  ifname: 41,
} as const;

/** What a value of a field is made of, and how packKey writes it. */
type FieldKind = "ipv4" | "ipv6" | "protocol" | "port" | "number" | "name" | "family";

/** How nft writes down where a field comes from: enum expr_types and proto_desc_id of nftables 1.0.6. */
export type FieldSource =
  | { readonly kind: "payload"; readonly header: number; readonly field: number }
  | { readonly kind: "meta"; readonly key: number }
  | { readonly kind: "ct"; readonly key: number }
  | { readonly kind: "numgen"; readonly type: number; readonly modulus: number; readonly offset: number };

export interface FieldTraits {
  readonly datatype: number;
  /** Bytes, without padding. */
  readonly length: number;
  /** The machine's byte order or network order. */
  readonly order: "host" | "network";
  readonly kind: FieldKind;
  readonly source: FieldSource;
}

const headers = { udp: 6, tcp: 8, sctp: 10, th: 11, ip: 12, ip6: 13 } as const;

const address4 = (field: number): FieldTraits => ({
  datatype: datatypes.ipaddr,
  length: 4,
  order: "network",
  kind: "ipv4",
  source: { kind: "payload", header: headers.ip, field },
});
const address6 = (field: number): FieldTraits => ({
  datatype: datatypes.ip6addr,
  length: 16,
  order: "network",
  kind: "ipv6",
  source: { kind: "payload", header: headers.ip6, field },
});
const port = (header: number, field: number): FieldTraits => ({
  datatype: datatypes.inet_service,
  length: 2,
  order: "network",
  kind: "port",
  source: { kind: "payload", header, field },
});
const meta = (key: number, datatype: number, length: number, kind: FieldKind): FieldTraits => ({
  datatype,
  length,
  order: "host",
  kind,
  source: { kind: "meta", key },
});

const fields = {
  "ip saddr": address4(11),
  "ip daddr": address4(12),
  "ip6 saddr": address6(8),
  "ip6 daddr": address6(9),
  "tcp sport": port(headers.tcp, 1),
  "tcp dport": port(headers.tcp, 2),
  "udp sport": port(headers.udp, 1),
  "udp dport": port(headers.udp, 2),
  "sctp sport": port(headers.sctp, 1),
  "sctp dport": port(headers.sctp, 2),
  "th sport": port(headers.th, 1),
  "th dport": port(headers.th, 2),
  "meta l4proto": meta(metaKeys.l4proto, datatypes.inet_protocol, 1, "protocol"),
  "meta nfproto": meta(metaKeys.nfproto, datatypes.nfproto, 1, "family"),
  "meta mark": meta(metaKeys.mark, datatypes.mark, 4, "number"),
  "meta priority": meta(metaKeys.priority, datatypes.classid, 4, "number"),
  "meta iifname": meta(metaKeys.iifname, datatypes.ifname, 16, "name"),
  "meta oifname": meta(metaKeys.oifname, datatypes.ifname, 16, "name"),
  "ct mark": {
    datatype: datatypes.mark,
    length: 4,
    order: "host",
    kind: "number",
    source: { kind: "ct", key: 3 },
  },
} as const satisfies Readonly<Record<string, FieldTraits>>;

/** `ip daddr`, `numgen random mod 2`. */
export type Field = keyof typeof fields | `numgen ${keyof typeof numgenTypes} mod ${number}`;

export const fieldNames = Object.keys(fields) as readonly Exclude<Field, `numgen ${string}`>[];

/** Throws RangeError if there is no such field. */
export function traitsOf(field: Field): FieldTraits {
  if (field in fields) return fields[field as keyof typeof fields];
  const [, type = "", modulus] = /^numgen (inc|random) mod (\d{1,10})$/.exec(field) ?? [];
  if (modulus === undefined) throw new RangeError(`Cannot use "${field}" in a set: there is no such field`);
  return {
    datatype: datatypes.integer,
    length: 4,
    order: "host",
    kind: "number",
    source: {
      kind: "numgen",
      type: numgenTypes[type as keyof typeof numgenTypes],
      modulus: Number(modulus),
      offset: 0,
    },
  };
}

/** Bytes of one or more fields; concatenated ones are padded to words of four bytes. */
export function lengthOf(list: readonly Field[]): number {
  const lengths = list.map((field) => traitsOf(field).length);
  if (lengths.length === 1) return lengths[0] ?? 0;
  return lengths.reduce((sum, length) => sum + ((length + 3) & ~3), 0);
}

/** The number by which nft knows one or more fields: six bits for each, TYPE_BITS of nftables. */
export function datatypeOf(list: readonly Field[]): number {
  return list.reduce((sum, field) => ((sum << 6) | traitsOf(field).datatype) >>> 0, 0);
}

/** Values of `meta nfproto`. */
export const nfprotos: Readonly<Record<string, number>> = { ipv4: familyNumber.ip, ipv6: familyNumber.ip6 };
