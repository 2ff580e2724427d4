/** What the fake kernel holds, as text: the operations that would make it. */

import { fromSetValues } from "../../netlink/nftables/encode-set.ts";
import { decodeChain, formatElement, formatOperation } from "../../netlink/nftables/index.ts";
import { fromElementValues } from "../../netlink/nftables/set-element-codec.ts";
import { chainMessage } from "./listings.ts";
import type { FakeSet, FakeTable } from "./state.ts";

/** A line for each table, chain, set, element and rule, in the order in which they were made. */
export function tableLines(table: FakeTable): readonly string[] {
  const { family, table: name, comment } = table;
  const place = { family, table: name };
  return [
    formatOperation({ kind: "add-table", ...place, ...(comment !== undefined && { comment }) }),
    ...[...table.chains.values()].map((chain) =>
      formatOperation({ kind: "add-chain", ...decodeChain(chainMessage(table, chain)) }),
    ),
    ...[...table.sets.values()].flatMap((set) => setLines(place, set)),
    ...[...table.chains.values()].flatMap(({ chain, rules }) =>
      rules.map(({ expressions, comment: note }) =>
        formatOperation({
          kind: "add-rule",
          ...place,
          chain,
          expressions,
          ...(note !== undefined && { comment: note }),
        }),
      ),
    ),
  ];
}

function setLines(
  place: Pick<FakeTable, "family" | "table">,
  { set, values, elements }: FakeSet,
): readonly string[] {
  const { key = [], ...content } = fromSetValues(values);
  const { family, table } = place;
  return [
    formatOperation({ kind: "add-set", ...place, set, key, ...content }),
    ...[...elements.values()]
      .map((element) => formatElement(fromElementValues(element.values)))
      .map((text) => `add element ${family} ${table} ${set} { ${text} }`),
  ];
}
