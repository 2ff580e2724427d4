/** Statement: what a rule consists of, in the few words that this dataplane's program needs. */

/** What a packet is asked for, named as nft names it, for either address family. */
export type Field =
  | "saddr"
  | "daddr"
  | "meta l4proto"
  | "th dport"
  /** The id in the packet's priority: as it is, without flags, that of its session, or that of the same in the local set. */
  | "id"
  | "target"
  | "session"
  | "local id"
  | { readonly randomBelow: number }
  /** By the client's address and port; the same on all machines. */
  | { readonly flowHashBelow: number }
  /** By the client's address alone. */
  | { readonly clientHashBelow: number };

export type Key = readonly Field[];

/** A packet's mark goes with it through the kernel, a flow's is kept by conntrack. */
export type MarkOwner = "packet" | "flow";

export type Statement =
  /** `ip saddr @set`, or with `not` `ip saddr != @set`. */
  | {
      readonly kind: "in-set";
      readonly key: Key;
      readonly set: string;
      readonly not?: boolean;
      /** The set holds intervals of concatenated keys. */
      readonly intervals?: boolean;
    }
  /** `meta priority set KEY map @map`; the rule ends where the map has nothing. */
  | { readonly kind: "find"; readonly key: Key; readonly map: string }
  /** `meta priority & MASK == 0`, or with `any` `!= 0`. */
  | { readonly kind: "flags"; readonly mask: number; readonly any: boolean }
  /** `meta priority set meta priority & MASK`. */
  | { readonly kind: "keep-bits"; readonly mask: number }
  /** `meta priority set 0`. */
  | { readonly kind: "forget-id" }
  /** `meta priority & MASK vmap @map`. */
  | { readonly kind: "branch"; readonly mask: number; readonly map: string }
  /** `meta mark set meta mark | BITS`, or of `ct mark`. */
  | {
      readonly kind: "mark";
      readonly of: MarkOwner;
      readonly bits: number;
      readonly action: "set" | "clear";
    }
  /** `meta mark & BITS == BITS`, or of `ct mark`. */
  | { readonly kind: "marked"; readonly of: MarkOwner; readonly bits: number }
  | { readonly kind: "protocol"; readonly protocol: "tcp" | "udp" | "sctp" }
  /** `iifname "cni0"`; with `prefix` all that begin so. */
  | { readonly kind: "interface"; readonly name: string; readonly prefix: boolean }
  | { readonly kind: "state"; readonly state: "new" | "invalid" }
  /** `ct status dnat`. */
  | { readonly kind: "translated" }
  /** `dnat ip to KEY map @map`. */
  | { readonly kind: "dnat"; readonly key: Key; readonly map: string }
  /** `update @map { KEY : meta priority }`. */
  | {
      readonly kind: "remember";
      readonly action: "update" | "delete";
      readonly key: Key;
      readonly map: string;
    }
  /** `add @set { KEY counter }`; the rule ends where the set is full. */
  | { readonly kind: "count"; readonly key: Key; readonly set: string }
  /** `masquerade fully-random`. */
  | { readonly kind: "masquerade" }
  | { readonly kind: "reject"; readonly with: "tcp reset" | "port-unreachable" }
  | { readonly kind: "goto" | "jump"; readonly chain: string }
  | { readonly kind: "drop" | "return" };

export type Rule = readonly Statement[];
