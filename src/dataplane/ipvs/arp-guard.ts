/**
 * ArpGuard: keeps the node from answering ARP for Services' addresses, which lead here but are for others to announce: a load balancer's
 * speaker, or the node that holds the address. It is a table `arp porthole-ipvs` instead of the setting arp_ignore, which
 * would hold for the node's own addresses, too. IPv6 asks for neighbours on the link that has the address, so nobody answers.
 */
import { isNetlinkError } from "../../kernel/index.ts";
import { type Operation, Transaction } from "../../netlink/nftables/index.ts";
import { addressKey } from "../nftables/address-key.ts";
import { IPVS_TABLE } from "../nftables/names.ts";

const place = { family: "arp", table: IPVS_TABLE } as const;
const set = "service-addresses";
const chain = "input";

/** RFC 826, with addresses of Ethernet and IPv4. */
const OPERATION = { offset: 6, length: 2 };
const TARGET = { offset: 24, length: 4 };
const REQUEST = Uint8Array.of(0, 1);
const REGISTER = 1;
const VERDICT = 0;

export class ArpGuard {
  readonly #commit: (transaction: Transaction) => Promise<void>;
  #guarded: string | undefined;

  /** `commit` sends a transaction to the kernel. */
  constructor(commit: (transaction: Transaction) => Promise<void>) {
    this.#commit = commit;
  }

  /** Guards these IPv4 addresses and no others. PERF: writes the whole table, if any of them is another one. */
  async guard(addresses: readonly string[]): Promise<void> {
    const keys = addresses.map(addressKey).sort();
    if (keys.join() === this.#guarded) return;
    this.#guarded = undefined;
    const transaction = new Transaction();
    for (const operation of [...removal, ...(keys.length > 0 ? table(keys) : [])]) transaction.add(operation);
    await this.#commit(transaction).catch(unlessUnknown);
    this.#guarded = keys.join();
  }

  /** The next call writes the table, whatever is there. */
  forget(): void {
    this.#guarded = undefined;
  }
}

/** What takes the table away, whether it is there or not: kernels before 6.3 know no other way. */
export const removal: readonly Operation[] = [
  { kind: "add-table", ...place },
  { kind: "delete-table", ...place },
];

function table(keys: readonly string[]): readonly Operation[] {
  const elements = keys.map((key) => ({ key: Buffer.from(key, "latin1") }));
  return [
    { kind: "add-table", ...place },
    { kind: "add-set", ...place, set, key: ["ip daddr"] },
    { kind: "add-elements", ...place, set, elements },
    // ARP's first hook, NF_ARP_IN, has the number of IP's; nft calls it input.
    { kind: "add-chain", ...place, chain, base: { type: "filter", hook: "prerouting", priority: 0 } },
    {
      kind: "add-rule",
      ...place,
      chain,
      expressions: [
        { kind: "payload", base: "network", dreg: REGISTER, ...OPERATION },
        { kind: "cmp", op: "eq", sreg: REGISTER, data: REQUEST },
        { kind: "payload", base: "network", dreg: REGISTER, ...TARGET },
        { kind: "lookup", sreg: REGISTER, set },
        { kind: "immediate", dreg: VERDICT, data: { code: "drop" } },
      ],
    },
  ];
}

/** A kernel may be built without ARP in nf_tables (CONFIG_NF_TABLES_ARP). */
export function unlessUnknown(error: unknown): void {
  if (!isNetlinkError(error, "EAFNOSUPPORT") && !isNetlinkError(error, "EOPNOTSUPP")) throw error;
}
