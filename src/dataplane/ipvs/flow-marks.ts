/**
 * FlowMarks: the table `inet porthole-ipvs`, which gives every packet that a virtual server must see the mark that leads it to the node (see
 * local-delivery.ts), and takes the mark away when it is there. Which flows those are says a bit of their ct mark, set by the chain
 * `virtual-server` of the program. So flows go on when frontends or the program have gone.
 */
import { type Operation, Transaction } from "../../netlink/nftables/index.ts";
import { IPVS_TABLE } from "../nftables/names.ts";
import {
  hasMarkBits,
  isOriginalDirection,
  isUntranslated,
  setMarkBits,
} from "../nftables/rule-expressions.ts";

const place = { family: "inet", table: IPVS_TABLE } as const;

export class FlowMarks {
  readonly #commit: (transaction: Transaction) => Promise<void>;
  /** The mark that the kernel's table is about. */
  #marked: number | undefined;

  /** `commit` sends a transaction to the kernel. */
  constructor(commit: (transaction: Transaction) => Promise<void>) {
    this.#commit = commit;
  }

  /** Writes the table for flows with this bit, if it is not there. Throws NetlinkError. */
  async follow(mark: number): Promise<void> {
    if (mark === this.#marked) return;
    this.#marked = undefined;
    await this.#commit(transactionOf([...removal, ...tableFor(mark)]));
    this.#marked = mark;
  }

  /** The next call writes the table, whatever is there. */
  forget(): void {
    this.#marked = undefined;
  }
}

/** Takes the table away, whether it is there or not. */
export function removeFlowMarks(commit: (transaction: Transaction) => Promise<void>): Promise<void> {
  return commit(transactionOf(removal));
}

/** Kernels before 6.3 know no other way to remove what may not be there. */
const removal: readonly Operation[] = [
  { kind: "add-table", ...place },
  { kind: "delete-table", ...place },
];

function tableFor(mark: number): readonly Operation[] {
  const markOriginal = [
    ...hasMarkBits("flow", mark),
    ...isOriginalDirection(),
    // Another mode that takes over has translated it already; IPVS itself leaves the bit alone (net/netfilter/ipvs/ip_vs_nfct.c).
    ...isUntranslated(),
    ...setMarkBits("packet", mark, "set"),
  ];
  // What IPVS sends on is routed again, and must not come back.
  const clearMark = [...hasMarkBits("packet", mark), ...setMarkBits("packet", mark, "clear")];
  return [
    { kind: "add-table", ...place },
    {
      kind: "add-chain",
      ...place,
      chain: "prerouting",
      // Behind the translation, at -100, whose rules say of a flow's first packet what it is.
      base: { type: "filter", hook: "prerouting", priority: -90 },
    },
    { kind: "add-rule", ...place, chain: "prerouting", expressions: markOriginal },
    {
      kind: "add-chain",
      ...place,
      chain: "input",
      base: { type: "filter", hook: "input", priority: -150 },
    },
    { kind: "add-rule", ...place, chain: "input", expressions: clearMark },
  ];
}

function transactionOf(operations: readonly Operation[]): Transaction {
  const transaction = new Transaction();
  for (const operation of operations) transaction.add(operation);
  return transaction;
}
