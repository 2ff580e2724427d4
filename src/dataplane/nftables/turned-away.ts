/** What the program has counted of packets that it turned away. */
import { type ForwardingTable, findFrontend, type Protocol } from "../../forwarding/index.ts";
import {
  commitTransaction,
  isNetlinkError,
  listSetElements,
  type NetlinkSocket,
} from "../../kernel/index.ts";
import { formatAddressBytes } from "../../lib/address-bytes.ts";
import { type SetElement, Transaction } from "../../netlink/nftables/index.ts";
import type { FrontendCounters } from "../dataplane.ts";
import { type TurnedAwayReason, TurnedAwaySums } from "../turned-away.ts";
import type { FamilyTraits } from "./family-traits.ts";
import { counts } from "./names.ts";
import { protocolNumbers } from "./row.ts";

const reasons: readonly (readonly [string, TurnedAwayReason])[] = [
  [counts.refused, "refused"],
  [counts.noLocalEndpoints, "no-local-endpoints"],
  [counts.otherSources, "source-not-in-ranges"],
  [counts.invalid, "invalid"],
];
const protocols: ReadonlyMap<number | undefined, Protocol> = new Map(
  Object.entries(protocolNumbers).map(([name, number]) => [number, name as Protocol]),
);

/** Counts what the tables of all families turn away. */
export class TurnedAway {
  readonly #socket: NetlinkSocket;
  readonly #families: readonly FamilyTraits[];
  readonly #committed: () => void;
  /** By frontend key. */
  counters: ReadonlyMap<string, FrontendCounters> = new Map();

  /** `committed` is called for each transaction that the kernel took. */
  constructor(socket: NetlinkSocket, families: readonly FamilyTraits[], committed: () => void) {
    this.#socket = socket;
    this.#families = families;
    this.#committed = committed;
  }

  /**
   * Reads what has been counted by now, and makes room: counters of frontends that are gone are removed. Somebody else may have deleted the
   * tables; then all stays as it is. Throws NetlinkError.
   */
  async refresh(table: ForwardingTable): Promise<void> {
    const found = new TurnedAwaySums();
    for (const traits of this.#families) {
      for (const [set, reason] of reasons)
        await this.#read(traits, set, (key, packets) => {
          const frontend = frontendAt(traits, table, key);
          if (frontend !== undefined) found.add(frontend, reason, packets);
          return frontend !== undefined;
        }).catch(unlessGone);
    }
    this.counters = found.sums();
  }

  /** `visit` says whether a counter is still needed. */
  async #read(
    { name: family, table }: FamilyTraits,
    set: string,
    visit: (key: Uint8Array, packets: number) => boolean,
  ): Promise<void> {
    const place = { family, table, set } as const;
    const elements: SetElement[] = [];
    for (const { key = new Uint8Array(), counted } of await listSetElements(this.#socket, place))
      if (!visit(key, Number(counted?.packets ?? 0n))) elements.push({ key });
    if (elements.length === 0) return;
    const transaction = new Transaction().add({ kind: "delete-elements", ...place, elements });
    await commitTransaction(this.#socket, transaction);
    this.#committed();
  }
}

/** A NodePort has a counter on each address of the node. */
function frontendAt({ addressBytes }: FamilyTraits, table: ForwardingTable, key: Uint8Array) {
  const to = formatAddressBytes(key.subarray(0, addressBytes));
  const protocol = protocols.get(key[addressBytes]);
  const port = new DataView(key.buffer, key.byteOffset + addressBytes + 4).getUint16(0);
  return protocol && findFrontend(table, { to, protocol, port }).frontend?.key;
}

function unlessGone(error: unknown): void {
  if (!isNetlinkError(error, "ENOENT")) throw error;
}
